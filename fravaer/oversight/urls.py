from django.urls import path

from fravaer.oversight.pages import log, samples

app_name = "oversight"

urlpatterns = [
    path("log/", log.log, name="log"),
    path("samples/", samples.samples, name="samples"),
    path("samples/<uuid:sample_uuid>/", samples.answer, name="sample"),
    path("samples/<uuid:sample_uuid>/settle/", samples.settle_sample, name="sample-settle"),
    path("hits/", samples.hits, name="hits"),
    path("hits/<uuid:hit_uuid>/", samples.settle_hit, name="hit"),
    path("pupils/<uuid:pupil_uuid>/looked/", log.looked, name="looked"),
    path("pupils/<uuid:pupil_uuid>/why/", log.why_seen, name="why"),
]

from django.urls import path

from fravaer.oversight.pages import insights, log, samples

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
    path("pupils/<uuid:pupil_uuid>/insight/", insights.ask, name="insight-ask"),
    path("insight/", insights.insights, name="insights"),
    path("insight/<uuid:insight_uuid>/", insights.insight, name="insight"),
    path("insight/<uuid:insight_uuid>/release/", insights.release, name="insight-release"),
    path("insight/<uuid:insight_uuid>/<slug:kind>/", insights.file, name="insight-file"),
]

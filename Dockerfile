# The product as one image: web, worker, beat and the migration step differ by their command alone.
# It runs as an ordinary user on a read-only file system; only /tmp, beat's notes and the files of cases are written.

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements/runtime.txt requirements/
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary=:all: -r requirements/runtime.txt
COPY manage.py gunicorn.conf.py ./
COPY fravaer/ fravaer/
COPY templates/ templates/
COPY static/ static/
COPY locale/ locale/
# Collecting static files reads the settings but touches no server.
RUN SECRET_KEY=only-while-building-0123456789-abcdefghijkl \
    DATABASE_URL=postgres://unused@127.0.0.1:1/unused \
    REDIS_URL=redis://127.0.0.1:1/0 \
    /venv/bin/python manage.py collectstatic --no-input \
 && /venv/bin/python -m compileall -q fravaer

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin fravaer \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/fravaer /var/lib/fravaer-documents /var/lib/fravaer-exports \
        /var/lib/fravaer-keys /keys
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
USER 10001:10001
EXPOSE 8000
# Asks with a host name the settings allow, as a browser would.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': os.environ.get('ALLOWED_HOSTS', 'localhost').split(',')[0].strip().lstrip('.')}), timeout=4)"]
CMD ["gunicorn", "fravaer.wsgi:application", "--bind", "0.0.0.0:8000"]

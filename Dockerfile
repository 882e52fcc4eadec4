# The HTTP service on the CPU, with the bundled articles indexed: docker build -t wenzheng .
# How to run it safely stands in compose.yaml. The base is pinned by the digest of its list of
# platforms: docker buildx imagetools inspect python:3.11-slim-bookworm tells the newest.

FROM python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b AS build
ARG EXTRAS=
# EXTRAS: [mcp] adds `wenzheng mcp` (25 MB)
WORKDIR /source
COPY . .
# Nothing but what the hashes name is installed, what builds the package among it; what extras add
# is of the versions in constraints.txt.
RUN python -m venv /opt/wenzheng \
 && /opt/wenzheng/bin/pip install --no-cache-dir --require-hashes -r image-requirements.txt \
 && /opt/wenzheng/bin/pip install --no-cache-dir --no-build-isolation \
    --constraint constraints.txt ".${EXTRAS}" \
 && /opt/wenzheng/bin/pip uninstall --yes hatchling pathspec pluggy trove-classifiers pip setuptools
RUN /opt/wenzheng/bin/wenzheng index --index /index

FROM python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b
COPY --from=build /opt/wenzheng /opt/wenzheng
COPY --from=build --chown=10001:10001 /index /index
ENV PATH=/opt/wenzheng/bin:$PATH \
    WENZHENG_INDEX=/index \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/ready')"]
ENTRYPOINT ["wenzheng"]
# Beyond loopback it starts only with WENZHENG_TOKEN set (or --without-token).
CMD ["serve", "--host", "0.0.0.0"]

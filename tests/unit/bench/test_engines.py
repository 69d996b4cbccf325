import base64

from bench.engines import build_described, in_own_database

DEPLOYMENT = {
    "spec": {
        "template": {
            "spec": {
                "volumes": [
                    {"name": "secret-kafka", "secret": {"secretName": "photo-kafka"}},
                    {"name": "tmp", "emptyDir": {}},
                ],
                "containers": [
                    {
                        "env": [
                            {"name": "PHOTO_KAFKA_PREFIX", "value": "demo."},
                            {"name": "PHOTO_POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                        ]
                    }
                ],
            }
        }
    }
}


def test_variables_and_secrets_are_those_of_the_pod() -> None:
    secrets = {"photo-kafka": {"username": base64.b64encode(b"someone").decode()}, "unrelated": {}}
    described = build_described(DEPLOYMENT, secrets)
    assert described.variables == {"PHOTO_KAFKA_PREFIX": "demo."}
    assert described.secrets == {"kafka": {"username": b"someone"}}


def test_only_the_database_of_a_uri_changes() -> None:
    uri = "postgresql://someone:a%40b@postgres.engines.svc:5432/photoplatform?sslmode=require"
    assert in_own_database(uri) == "postgresql://someone:a%40b@postgres.engines.svc:5432/bench?sslmode=require"

from cryptography import x509

from hack.platform.certificates import AUTHORITY, SERVICES, build_certificates, ca_certificate, secret_name

MADE = build_certificates({}, "engines", "192.0.2.7")


def certificate(secrets: dict[str, dict[str, str]], service: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(secrets[secret_name(service)]["tls.crt"].encode())


def names(service: str) -> x509.SubjectAlternativeName:
    return certificate(MADE, service).extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_every_engine_has_a_certificate_of_the_one_authority_and_a_key_of_its_own() -> None:
    for service in SERVICES:
        certificate(MADE, service).verify_directly_issued_by(authority_of(MADE))
    assert len({data["tls.key"] for data in MADE.values()}) == len(SERVICES) + 1


def test_a_certificate_names_the_service_and_every_pod_of_it() -> None:
    found = set(names("redis").get_values_for_type(x509.DNSName))
    assert {"redis.engines.svc.cluster.local", "*.redis.engines.svc.cluster.local", "redis.engines.svc"} <= found


def test_uploads_find_the_nodes_address_in_the_certificate_of_the_store() -> None:
    assert "192.0.2.7" in {str(address) for address in names("s3").get_values_for_type(x509.IPAddress)}
    assert "192.0.2.7" not in {str(address) for address in names("kafka").get_values_for_type(x509.IPAddress)}


def test_keys_are_in_the_form_that_java_reads() -> None:
    assert all(data["tls.key"].startswith("-----BEGIN PRIVATE KEY") for data in MADE.values())


def test_what_exists_stays_and_what_is_lost_is_issued_by_the_same_authority() -> None:
    lost = {name: data for name, data in MADE.items() if name != secret_name("kafka")}
    again = build_certificates(lost, "engines", "192.0.2.7")

    assert {name: again[name] for name in lost} == lost
    certificate(again, "kafka").verify_directly_issued_by(authority_of(MADE))


def test_another_authority_issues_every_certificate_anew() -> None:
    without = {name: data for name, data in MADE.items() if name != AUTHORITY}
    again = build_certificates(without, "engines", "192.0.2.7")

    assert not {data["tls.crt"] for data in again.values()} & {data["tls.crt"] for data in MADE.values()}


def authority_of(secrets: dict[str, dict[str, str]]) -> x509.Certificate:
    return x509.load_pem_x509_certificate(ca_certificate(secrets).encode())

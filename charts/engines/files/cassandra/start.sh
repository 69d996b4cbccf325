#!/bin/sh
# Starts the node; the roles container of the same pod creates the user.
set -eu
mkdir -p /tmp/conf
sed "s/ADDRESS/$POD_IP/" /etc/engine/cassandra.yaml > /tmp/conf/cassandra.yaml
if [ -e /etc/tls/tls.key ]; then
    (umask 077 && cat /etc/tls/tls.key /etc/tls/tls.crt > /tmp/conf/keystore.pem)
    cat >> /tmp/conf/cassandra.yaml <<CONFIGURATION
client_encryption_options:
  enabled: true
  optional: false
  require_client_auth: false
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
  keystore: /tmp/conf/keystore.pem
CONFIGURATION
fi
# a single node has no peers to wait for; the passwords are random and long, so few bcrypt rounds are enough
# shellcheck disable=SC2086 # several options in one variable
exec java @/etc/engine/jvm.options $JVM_OPTIONS -javaagent:"$(echo /opt/cassandra/lib/jamm-*.jar)" \
    -Dcassandra.config=file:///tmp/conf/cassandra.yaml -Dlogback.configurationFile=/etc/engine/logback.xml \
    -Dcassandra.storagedir=/data -Dcassandra.jmx.local.port=7199 -Dcassandra-foreground=yes \
    -Dcassandra.ring_delay_ms=1 -Dcassandra.skip_wait_for_gossip_to_settle=0 \
    -Dcassandra.superuser_setup_delay_ms=0 -Dcassandra.auth_bcrypt_gensalt_log2_rounds=4 \
    -cp '/tmp/conf:/opt/cassandra/lib/*' org.apache.cassandra.service.CassandraDaemon

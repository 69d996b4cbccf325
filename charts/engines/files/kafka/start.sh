#!/bin/sh
# Starts the broker. The first start formats the volume and creates the SCRAM user of the mounted Secret.
set -eu
umask 077
username=$(cat /etc/credentials/username)
password=$(cat /etc/credentials/password)
java_server() {
    # -XX:TieredStopAtLevel=1: starting fast is worth more here than peak speed
    exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError "$@"
}

if [ -e /etc/tls/tls.key ]; then
    cat /etc/tls/tls.key /etc/tls/tls.crt > /tmp/keystore.pem
fi
{
    cat /etc/engine/server.properties
    echo "advertised.listeners=CLIENTS://$KAFKA_ADVERTISED"
    if [ -e /etc/tls/tls.key ]; then
        echo "listener.security.protocol.map=CLIENTS:SASL_SSL,CONTROLLER:PLAINTEXT"
        echo "listener.name.clients.ssl.keystore.type=PEM"
        echo "listener.name.clients.ssl.keystore.location=/tmp/keystore.pem"
        echo "listener.name.clients.ssl.truststore.type=PEM"
        echo "listener.name.clients.ssl.truststore.location=/etc/tls/ca.crt"
    else
        echo "listener.security.protocol.map=CLIENTS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT"
    fi
    echo "listener.name.clients.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\"$username\" password=\"$password\";"
} > /tmp/server.properties

if [ ! -e /data/log/meta.properties ]; then
    # arguments are passed in a file, so that the password is not in the process list; the output contains keys
    printf '%s\n' format --cluster-id photoplatform-enginesA --config /tmp/server.properties \
        --add-scram "SCRAM-SHA-512=[name=$username,password=$password]" > /tmp/format.arguments
    (java_server -Xmx128m -cp '/opt/kafka/libs/*' -Dlog4j2.configurationFile=file:/etc/engine/log4j2.properties \
        kafka.tools.StorageTool @/tmp/format.arguments) > /dev/null
    rm /tmp/format.arguments
fi
# shellcheck disable=SC2086 # several options in one variable
java_server $JVM_OPTIONS -cp '/opt/kafka/libs/*' -Dlog4j2.configurationFile=file:/etc/engine/log4j2.properties \
    kafka.Kafka /tmp/server.properties

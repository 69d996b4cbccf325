#!/bin/sh
# Starts PostgreSQL. The first start creates the cluster and the database; if it is killed, it starts over.
set -eu
data=/data/pgdata
if [ ! -e "$data/PG_VERSION" ]; then
    rm -rf /data/new
    initdb --pgdata=/data/new --username="$(cat /etc/credentials/username)" --pwfile=/etc/credentials/password \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums
    echo "CREATE DATABASE $(cat /etc/credentials/database);" | postgres --single -D /data/new postgres > /dev/null
    mv /data/new "$data"
fi
clients=host
if [ -e /etc/tls/tls.key ]; then
    clients=hostssl
    set -- -c ssl=on -c ssl_cert_file=/etc/tls/tls.crt -c ssl_key_file=/etc/tls/tls.key
fi
printf '%s\n' 'local all all scram-sha-256' "$clients all all all scram-sha-256" > /tmp/pg_hba.conf
# fsync and synchronous_commit stay on, so that acknowledged writes survive a kill
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp -c password_encryption=scram-sha-256 \
    -c max_connections=200 -c shared_buffers=64MB -c max_wal_size=256MB -c hba_file=/tmp/pg_hba.conf -c jit=off -c log_min_messages=warning "$@"

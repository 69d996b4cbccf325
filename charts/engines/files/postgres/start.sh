#!/bin/sh
# Starts PostgreSQL; at the first start makes the cluster and the database. A first start that was killed begins again.
set -eu
data=/data/pgdata
if [ ! -e "$data/PG_VERSION" ]; then
    rm -rf /data/new
    initdb --pgdata=/data/new --username="$(cat /etc/credentials/username)" --pwfile=/etc/credentials/password \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums
    echo 'host all all all scram-sha-256' >> /data/new/pg_hba.conf
    echo "CREATE DATABASE $(cat /etc/credentials/database);" | postgres --single -D /data/new postgres > /dev/null
    mv /data/new "$data"
fi
# fsync and synchronous_commit stay on: what was acknowledged survives a kill
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp -c password_encryption=scram-sha-256 \
    -c max_connections=200 -c shared_buffers=64MB -c max_wal_size=256MB -c jit=off -c log_min_messages=warning

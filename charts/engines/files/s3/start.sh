#!/bin/sh
# Starts the store on its volume; events are sent to the events container of the same pod.
set -eu
mkdir -p /data/objects
ROOT_ACCESS_KEY_ID=$(cat /etc/credentials/access_key_id)
ROOT_SECRET_ACCESS_KEY=$(cat /etc/credentials/secret_access_key)
export ROOT_ACCESS_KEY_ID ROOT_SECRET_ACCESS_KEY
if [ -e /etc/tls/tls.key ]; then
    export VGW_CERT=/etc/tls/tls.crt VGW_KEY=/etc/tls/tls.key
fi
exec versitygw --port :7070 --region "$S3_REGION" --health /healthz --quiet \
    --event-webhook-url http://127.0.0.1:8070/ posix /data/objects

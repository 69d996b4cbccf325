#!/bin/sh
# Starts one member; membership.py forms and repairs the cluster.
set -eu
umask 077
username=$(cat /etc/credentials/username)
password=$(cat /etc/credentials/password)
listener="port 6379"
if [ -e /etc/tls/tls.key ]; then
    listener="port 0
tls-port 6379
tls-cert-file /etc/tls/tls.crt
tls-key-file /etc/tls/tls.key
tls-ca-cert-file /etc/tls/ca.crt
tls-auth-clients no
tls-replication yes
tls-cluster yes"
fi
cat > /tmp/redis.conf <<CONFIGURATION
$listener
dir /data
appendonly yes
appendfsync everysec
save ""
maxmemory $REDIS_MAXMEMORY
maxmemory-policy noeviction
cluster-enabled yes
cluster-config-file /data/nodes.conf
cluster-node-timeout 3000
cluster-announce-ip $POD_IP
cluster-announce-hostname $POD_NAME.$REDIS_DOMAIN
cluster-preferred-endpoint-type ip
cluster-require-full-coverage no
repl-diskless-sync-delay 0
user default off
user $username on >$password ~* &* +@all
masteruser $username
masterauth $password
CONFIGURATION
exec redis-server /tmp/redis.conf

#!/bin/sh
# Makes what `kubeadm init phase certs etcd-*` makes, with elliptic keys (20 ms instead of seconds).
# Usage: etcd-certificates.sh PKI_DIR NODE_NAME NODE_ADDRESS; writes PKI_DIR/etcd and PKI_DIR/apiserver-etcd-client.*
set -eu
umask 077
mkdir -p "$1/etcd"
chmod 0755 "$1" "$1/etcd"
cd "$1/etcd"
name=$2
address=$3

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
# certificate NAME SUBJECT EXTENDED_KEY_USAGE [SUBJECT_ALT_NAME]
certificate() {
  key "$1.key"
  {
    echo "basicConstraints=critical,CA:FALSE"
    echo "keyUsage=critical,digitalSignature,keyEncipherment"
    echo "extendedKeyUsage=$3"
    if [ $# -gt 3 ]; then echo "subjectAltName=$4"; fi
  } >extensions
  openssl req -new -key "$1.key" -subj "$2" -out request
  openssl x509 -req -in request -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 8)" -days 365 \
    -extfile extensions -out "$1.crt" 2>/dev/null
  chmod 0644 "$1.crt"
}

key ca.key
openssl req -x509 -new -key ca.key -subj /CN=etcd-ca -days 3650 -out ca.crt
chmod 0644 ca.crt
names="DNS:$name,DNS:localhost,IP:$address,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1"
certificate server "/CN=$name" serverAuth,clientAuth "$names"
certificate peer "/CN=$name" serverAuth,clientAuth "$names"
certificate healthcheck-client /O=system:masters/CN=kube-etcd-healthcheck-client clientAuth
certificate ../apiserver-etcd-client /O=system:masters/CN=kube-apiserver-etcd-client clientAuth
rm -f extensions request

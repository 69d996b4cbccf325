{{/* Labels of everything that belongs to one engine; call with (list $ "kafka"). */}}
{{- define "engines.labels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/part-of: photoplatform-engines
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end }}

{{/* What Services and StatefulSets select by. */}}
{{- define "engines.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end }}

{{- define "engines.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.runAsUser }}
runAsGroup: {{ .Values.runAsUser }}
fsGroup: {{ .Values.runAsUser }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "engines.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* A ConfigMap of the files of one engine; call with (list $ "kafka"). */}}
{{- define "engines.filesConfigMap" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name }}
  labels: {{- include "engines.labels" . | nindent 4 }}
data:
  {{- ($root.Files.Glob (printf "files/%s/*" $name)).AsConfig | nindent 2 }}
{{- end }}

{{/* Rolls the pods when their files change; call with (list $ "kafka"). */}}
{{- define "engines.checksum" -}}
checksum/files: {{ ((index . 0).Files.Glob (printf "files/%s/*" (index . 1))).AsConfig | sha256sum }}
{{- end }}

{{/* Where an engine finds its certificate and key; call with (list $ "kafka"). */}}
{{- define "engines.tlsMount" -}}
{{- if (index . 0).Values.tls.enabled }}
- {name: tls, mountPath: /etc/tls, readOnly: true}
{{- end }}
{{- end }}

{{/* The Secret behind it. PostgreSQL takes no key that others may read. */}}
{{- define "engines.tlsVolume" -}}
{{- if (index . 0).Values.tls.enabled }}
- {name: tls, secret: {secretName: {{ index (index . 0).Values.tls.secrets (index . 1) }}, defaultMode: 0440}}
{{- end }}
{{- end }}

{{/* The CA alone, for a helper that is a client of an engine; call with (list $ "kafka" "name-of-volume"). */}}
{{- define "engines.trustVolume" -}}
{{- if (index . 0).Values.tls.enabled }}
- name: {{ index . 2 }}
  secret:
    secretName: {{ index (index . 0).Values.tls.secrets (index . 1) }}
    items: [{key: ca.crt, path: ca.crt}]
{{- end }}
{{- end }}

{{/* The claim of one engine's data; call with (list $ "kafka"). */}}
{{- define "engines.dataClaim" -}}
{{- $root := index . 0 -}}
volumeClaimTemplates:
  - apiVersion: v1
    kind: PersistentVolumeClaim
    metadata:
      name: data
      labels: {{- include "engines.selector" . | nindent 8 }}
    spec:
      accessModes: [ReadWriteOnce]
      {{- with $root.Values.storageClassName }}
      storageClassName: {{ . }}
      {{- end }}
      resources:
        requests:
          storage: {{ (index $root.Values (index . 1)).storage }}
{{- end }}

{{/* Probes of a TCP port: a start is noticed within a second, a stall of some seconds is forgiven. */}}
{{- define "engines.tcpProbes" -}}
startupProbe:
  tcpSocket: {port: {{ . }}}
  periodSeconds: 1
  failureThreshold: 180
readinessProbe:
  tcpSocket: {port: {{ . }}}
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 3
livenessProbe:
  tcpSocket: {port: {{ . }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}

{{- define "engines.alertmanagerConfiguration" -}}
route:
  receiver: platform
  group_by: [alertname, namespace, instance_name]
  group_wait: 1s
  group_interval: 5s
  repeat_interval: 5m
receivers:
  - name: platform
    {{- with .Values.alertmanager.webhookURL }}
    webhook_configs:
      - url: {{ . | quote }}
        send_resolved: true
        {{- with $.Values.alertmanager.webhookSecret }}
        http_config:
          authorization: {type: Bearer, credentials_file: /etc/webhook/token}
        {{- end }}
    {{- end }}
{{- end }}

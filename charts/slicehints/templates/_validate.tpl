{{- /* Values that cannot work together, each refused in one sentence. What one value alone may be, values.schema.json says. */}}
{{- define "slicehints.validate" -}}
{{- if gt (int64 .Values.replicaCount) 1 }}
{{- if not .Values.leaderElection.enabled }}
{{- fail (printf "replicaCount is %d but leaderElection.enabled is false: several controllers would undo each other's hints; set replicaCount to 1 or leaderElection.enabled to true" (int64 .Values.replicaCount)) }}
{{- end }}
{{- end }}
{{- if gt (int64 .Values.shards) 1 }}
{{- if not .Values.leaderElection.enabled }}
{{- fail (printf "shards is %d but leaderElection.enabled is false: shards are shared by Leases; set shards to 1 or leaderElection.enabled to true" (int64 .Values.shards)) }}
{{- end }}
{{- if lt (int64 .Values.shards) (int64 .Values.replicaCount) }}
{{- fail (printf "shards is %d but replicaCount is %d: some pods would never have work; set shards to at least replicaCount, or to 1 for one that leads" (int64 .Values.shards) (int64 .Values.replicaCount)) }}
{{- end }}
{{- end }}
{{- if .Values.podDisruptionBudget.enabled }}
{{- if not (kindIs "invalid" .Values.podDisruptionBudget.minAvailable) }}
{{- if not (kindIs "invalid" .Values.podDisruptionBudget.maxUnavailable) }}
{{- fail "podDisruptionBudget.minAvailable and podDisruptionBudget.maxUnavailable are both set; a PodDisruptionBudget takes only one of them" }}
{{- end }}
{{- end }}
{{- end }}
{{- $ports := dict (toString (int64 .Values.health.port)) "health.port" }}
{{- if .Values.metrics.enabled }}
{{- $port := toString (int64 .Values.metrics.port) }}
{{- if hasKey $ports $port }}
{{- fail (printf "metrics.port and %s are both %s; give each server a port of its own" (get $ports $port) $port) }}
{{- end }}
{{- $_ := set $ports $port "metrics.port" }}
{{- end }}
{{- if .Values.serviceMonitor.enabled }}
{{- if not .Values.metrics.enabled }}
{{- fail "serviceMonitor.enabled needs metrics.enabled: without it there is nothing to scrape" }}
{{- end }}
{{- if not .Values.service.enabled }}
{{- fail "serviceMonitor.enabled needs service.enabled: a ServiceMonitor finds pods through their Service" }}
{{- end }}
{{- end }}
{{- if .Values.guard.webhook.enabled }}
{{- if eq (toString .Values.guard.enabled) "false" }}
{{- fail "guard.enabled is false but guard.webhook.enabled is true; set guard.enabled to auto for the webhook, or guard.webhook.enabled to false for no guard" }}
{{- end }}
{{- if .Values.guard.webhook.certManager.enabled }}
{{- if .Values.guard.webhook.existingSecret }}
{{- fail "guard.webhook.existingSecret and guard.webhook.certManager.enabled are both set; the webhook's certificate can come from only one of them" }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq (include "slicehints.guard" .) "webhook" }}
{{- if not (semverCompare ">=1.28.0-0" .Capabilities.KubeVersion.Version) }}
{{- fail (printf "guard.webhook.enabled needs Kubernetes 1.28 or newer for matchConditions, and this cluster is %s; set guard.webhook.enabled to false: docs/coexistence.md says which modes work without a guard" .Capabilities.KubeVersion.Version) }}
{{- end }}
{{- $port := toString (int64 .Values.guard.webhook.port) }}
{{- if hasKey $ports $port }}
{{- fail (printf "guard.webhook.port and %s are both %s; give each server a port of its own" (get $ports $port) $port) }}
{{- end }}
{{- end }}
{{- if eq .Values.hints.demand "measured" }}
{{- if not (include "slicehints.measuredConfigMap" .) }}
{{- fail "hints.demand is measured but nothing is measured; set observe.enabled, or hints.measuredConfigMap to a ConfigMap with measurements" }}
{{- end }}
{{- end }}
{{- if .Values.observe.enabled }}
{{- if not .Values.observe.prometheusUrl }}
{{- fail "observe.enabled needs observe.prometheusUrl: where Prometheus is" }}
{{- end }}
{{- if eq (not .Values.observe.source) (not .Values.observe.query) }}
{{- fail "observe.enabled needs either observe.source, a ready-made query, or observe.query, one of your own" }}
{{- end }}
{{- end }}
{{- range .Values.extraEnv }}
{{- if eq (toString .name) "NODE_OPTIONS" }}
{{- fail "extraEnv holds NODE_OPTIONS, which the chart sets itself; use nodeOptions instead" }}
{{- end }}
{{- end }}
{{- if not .Values.serviceAccount.create }}
{{- if not .Values.serviceAccount.name }}
{{- if .Values.rbac.create }}
{{- fail "serviceAccount.create is false and serviceAccount.name is empty: the controller's permissions would go to every pod of the namespace that runs as service account default; name a service account, or set rbac.create to false" }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

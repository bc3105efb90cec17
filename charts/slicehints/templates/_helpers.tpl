{{- /* Names. 52 characters leave room for suffixes such as -guard-tls. */}}
{{- define "slicehints.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "slicehints.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "slicehints.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "slicehints.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "slicehints.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "slicehints.leaseName" -}}
{{- default (include "slicehints.fullname" .) .Values.leaderElection.resourceName }}
{{- end }}

{{- /* What tells the objects of this release from others; never changes, as selectors cannot. */}}
{{- define "slicehints.releaseLabels" -}}
app.kubernetes.io/name: {{ include "slicehints.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "slicehints.selectorLabels" -}}
{{ include "slicehints.releaseLabels" . }}
app.kubernetes.io/component: controller
{{- end }}

{{- /* Labels of one object. Takes a dict: root, component, and extra, a list of further maps of labels; ours win. */}}
{{- define "slicehints.labels" -}}
{{- $root := .root }}
{{- $labels := dict }}
{{- range concat (list $root.Values.commonLabels) (get . "extra" | default list) }}
{{- range $key, $value := . }}
{{- $_ := set $labels $key (toString $value) }}
{{- end }}
{{- end }}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") }}
{{- $_ := set $labels "app.kubernetes.io/name" (include "slicehints.name" $root) }}
{{- $_ := set $labels "app.kubernetes.io/instance" $root.Release.Name }}
{{- $_ := set $labels "app.kubernetes.io/component" .component }}
{{- $_ := set $labels "app.kubernetes.io/part-of" "slicehints" }}
{{- $_ := set $labels "app.kubernetes.io/managed-by" $root.Release.Service }}
{{- with $root.Chart.AppVersion }}
{{- $_ := set $labels "app.kubernetes.io/version" . }}
{{- end }}
{{- toYaml $labels }}
{{- end }}

{{- define "slicehints.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "slicehints.imagePullSecrets" -}}
{{- range concat (get (.Values.global | default dict) "imagePullSecrets" | default list) (.Values.imagePullSecrets | default list) }}
- name: {{ if kindIs "string" . }}{{ . | quote }}{{ else }}{{ .name | quote }}{{ end }}
{{- end }}
{{- end }}

{{- /* The user that the guard lets pass. */}}
{{- define "slicehints.user" -}}
{{- printf "system:serviceaccount:%s:%s" (include "slicehints.namespace" .) (include "slicehints.serviceAccountName" .) }}
{{- end }}

{{- /* true or false: whether this release installs the policy that limits it to hints. */}}
{{- define "slicehints.hintsOnlyPolicy" -}}
{{- $enabled := toString .Values.hintsOnlyPolicy.enabled }}
{{- if eq $enabled "auto" -}}
{{- .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy" }}
{{- else -}}
{{- $enabled }}
{{- end }}
{{- end }}

{{- /* policy, webhook or none: which guard this release installs. */}}
{{- define "slicehints.guard" -}}
{{- $enabled := toString .Values.guard.enabled }}
{{- $served := .Capabilities.APIVersions.Has (printf "admissionregistration.k8s.io/%s/MutatingAdmissionPolicy" .Values.guard.policy.apiVersion) }}
{{- if eq $enabled "false" -}}
none
{{- else if or (eq $enabled "true") $served -}}
policy
{{- else if .Values.guard.webhook.enabled -}}
webhook
{{- else -}}
none
{{- end }}
{{- end }}

{{- /* chart, cert-manager or secret: where the webhook's certificate comes from. */}}
{{- define "slicehints.guardCertificateSource" -}}
{{- if .Values.guard.webhook.existingSecret -}}
secret
{{- else if .Values.guard.webhook.certManager.enabled -}}
cert-manager
{{- else -}}
chart
{{- end }}
{{- end }}

{{- define "slicehints.guardService" -}}
{{- printf "%s-guard" (include "slicehints.fullname" .) }}
{{- end }}

{{- define "slicehints.guardSecret" -}}
{{- default (printf "%s-guard-tls" (include "slicehints.fullname" .)) .Values.guard.webhook.existingSecret }}
{{- end }}

{{- /* The heap in MiB: 70 % of the memory limit of the resources given; nothing without a limit that can be read. */}}
{{- define "slicehints.heapMiB" -}}
{{- $limit := get (get . "limits" | default dict) "memory" }}
{{- $memory := ternary (toString $limit) (toString (int64 $limit)) (kindIs "string" $limit) }}
{{- if regexMatch "^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$" $memory }}
{{- $bytes := dict "" 1 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 }}
{{- $unit := regexFind "[A-Za-z]*$" $memory }}
{{- $heap := divf (mulf (float64 (trimSuffix $unit $memory)) (float64 (get $bytes $unit)) 0.7) 1048576.0 }}
{{- max 16 (int64 $heap) }}
{{- end }}
{{- end }}

{{- /* The environment of a container. Takes a dict: root, and the resources of the container. */}}
{{- define "slicehints.env" -}}
{{- $options := .root.Values.nodeOptions | default "" }}
{{- $heap := include "slicehints.heapMiB" (.resources | default dict) }}
{{- if and $heap (not (contains "--max-old-space-size" $options)) }}
{{- $options = printf "--max-old-space-size=%s %s" $heap $options | trim }}
{{- end }}
{{- with $options }}
- name: NODE_OPTIONS
  value: {{ . | quote }}
{{- end }}
{{- with .root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The name of the ConfigMap with measured demand; empty: there is none. */}}
{{- define "slicehints.measuredConfigMap" -}}
{{- if .Values.hints.measuredConfigMap }}
{{- .Values.hints.measuredConfigMap }}
{{- else if .Values.observe.enabled }}
{{- printf "%s-measured" (include "slicehints.fullname" .) }}
{{- end }}
{{- end }}

{{- /* The arguments of `slicehints observe`, a YAML list. */}}
{{- define "slicehints.observeArgs" -}}
- {{ printf "--prometheus-url=%s" .Values.observe.prometheusUrl | quote }}
{{- if .Values.observe.query }}
- {{ printf "--query=%s" .Values.observe.query | quote }}
- {{ printf "--service-labels=%s" .Values.observe.serviceLabels | quote }}
- {{ printf "--zone-labels=%s" .Values.observe.zoneLabels | quote }}
{{- else }}
- {{ printf "--source=%s" .Values.observe.source | quote }}
{{- end }}
- {{ printf "--interval=%s" .Values.observe.interval | quote }}
- {{ printf "--prometheus-timeout=%s" .Values.observe.timeout | quote }}
{{- range .Values.observe.headers }}
- {{ printf "--prometheus-header=%s" . | quote }}
{{- end }}
{{- with .Values.observe.bearerTokenFile }}
- {{ printf "--prometheus-bearer-token-file=%s" . | quote }}
{{- end }}
{{- with .Values.observe.username }}
- {{ printf "--prometheus-username=%s" . | quote }}
{{- end }}
{{- with .Values.observe.passwordFile }}
- {{ printf "--prometheus-password-file=%s" . | quote }}
{{- end }}
{{- with .Values.observe.caFile }}
- {{ printf "--prometheus-ca-file=%s" . | quote }}
{{- end }}
- {{ printf "--measured-configmap=%s/%s" (include "slicehints.namespace" .) (include "slicehints.measuredConfigMap" .) | quote }}
{{- if .Values.metrics.enabled }}
- {{ printf "--metrics-bind-address=:%d" (int64 .Values.metrics.port) | quote }}
{{- else }}
- "--metrics-bind-address=0"
{{- end }}
- {{ printf "--health-probe-bind-address=:%d" (int64 .Values.health.port) | quote }}
{{- include "slicehints.logLevelArg" . }}
- {{ printf "--log-format=%s" .Values.log.format | quote }}
{{- range .Values.observe.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{- /* The arguments of `slicehints controller`, a YAML list. */}}
{{- define "slicehints.controllerArgs" -}}
{{- with .Values.watchNamespace }}
- {{ printf "--namespace=%s" . | quote }}
{{- end }}
- {{ printf "--kube-api-qps=%s" (toString .Values.kubeApi.qps) | quote }}
- {{ printf "--kube-api-burst=%d" (int64 .Values.kubeApi.burst) | quote }}
- {{ printf "--event-qps=%s" (toString .Values.events.qps) | quote }}
- {{ printf "--event-burst=%d" (int64 .Values.events.burst) | quote }}
- {{ printf "--kube-api-timeout=%s" .Values.kubeApi.timeout | quote }}
- {{ printf "--leader-elect=%t" .Values.leaderElection.enabled | quote }}
{{- if .Values.leaderElection.enabled }}
- {{ printf "--leader-elect-lease-duration=%s" .Values.leaderElection.leaseDuration | quote }}
- {{ printf "--leader-elect-renew-deadline=%s" .Values.leaderElection.renewDeadline | quote }}
- {{ printf "--leader-elect-retry-period=%s" .Values.leaderElection.retryPeriod | quote }}
- {{ printf "--shards=%d" (int64 .Values.shards) | quote }}
{{- include "slicehints.leaseArgs" . }}
{{- end }}
- {{ printf "--concurrent-service-syncs=%d" (int64 .Values.controller.concurrentServiceSyncs) | quote }}
- {{ printf "--coalesce-window=%s" .Values.controller.coalesceWindow | quote }}
{{- with int64 .Values.controller.maxWritesPerMinute }}
- {{ printf "--max-writes-per-minute=%d" . | quote }}
{{- end }}
{{- if .Values.controller.dryRun }}
- "--dry-run=true"
{{- end }}
- {{ printf "--auto-strategy=%s" .Values.hints.autoStrategy | quote }}
- {{ printf "--overload-threshold=%s" (toString .Values.hints.overloadThreshold) | quote }}
- {{ printf "--rebalance-gain=%s" (toString .Values.hints.rebalanceGain) | quote }}
- {{ printf "--overload-hold=%s" (toString .Values.hints.overloadHold) | quote }}
- {{ printf "--measured-factor=%s" (toString .Values.hints.measuredFactor) | quote }}
- {{ printf "--demand=%s" .Values.hints.demand | quote }}
{{- with (include "slicehints.measuredConfigMap" .) }}
- {{ printf "--measured-configmap=%s/%s" (include "slicehints.namespace" $) . | quote }}
{{- end }}
{{- if ne (toString .Values.hints.nodeHints) "false" }}
- {{ printf "--node-hints=%s" (toString .Values.hints.nodeHints) | quote }}
- {{ printf "--node-hints-max-nodes=%d" (int64 .Values.hints.nodeHintsMaxNodes) | quote }}
{{- end }}
{{- with .Values.hints.nodeSelector }}
- {{ printf "--node-selector=%s" . | quote }}
{{- end }}
{{- with .Values.hints.zoneCosts }}
- {{ printf "--zone-costs=%s" . | quote }}
{{- end }}
{{- range .Values.hints.zoneCidrs }}
- {{ printf "--zone-cidrs=%s" . | quote }}
{{- end }}
{{- with .Values.hints.inTree }}
- {{ printf "--in-tree=%s" . | quote }}
{{- end }}
{{- if ne .Values.hints.consumer "auto" }}
- {{ printf "--consumer=%s" .Values.hints.consumer | quote }}
{{- end }}
{{- range .Values.hints.managedBy }}
- {{ printf "--managed-by=%s" . | quote }}
{{- end }}
{{- range .Values.hints.ignoreManagedBy }}
- {{ printf "--ignore-managed-by=%s" . | quote }}
{{- end }}
{{- if ne (toString .Values.drains.limit) "2" }}
- {{ printf "--drain-limit=%s" (toString .Values.drains.limit) | quote }}
{{- end }}
- {{ printf "--guard-policy-version=%s" .Values.guard.policy.apiVersion | quote }}
{{- if eq (include "slicehints.guard" .) "webhook" }}
- {{ printf "--guard-webhook-bind-address=:%d" (int64 .Values.guard.webhook.port) | quote }}
- {{ printf "--guard-webhook-cert-dir=%s" .Values.guard.webhook.certDir | quote }}
- {{ printf "--guard-exempt-user=%s" (include "slicehints.user" .) | quote }}
{{- range .Values.guard.exemptUsers }}
- {{ printf "--guard-exempt-user=%s" . | quote }}
{{- end }}
{{- end }}
{{- if .Values.metrics.enabled }}
- {{ printf "--metrics-bind-address=:%d" (int64 .Values.metrics.port) | quote }}
{{- else }}
- "--metrics-bind-address=0"
{{- end }}
- {{ printf "--health-probe-bind-address=:%d" (int64 .Values.health.port) | quote }}
{{- if .Values.metrics.perService }}
- "--per-service-metrics=true"
{{- end }}
{{- include "slicehints.logLevelArg" . }}
- {{ printf "--log-format=%s" .Values.log.format | quote }}
{{- with .Values.log.auditFile }}
- {{ printf "--audit-log=%s" . | quote }}
{{- end }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{- /* What is logged, by the controller and by observe. */}}
{{- define "slicehints.logLevelArg" }}
{{- if kindIs "invalid" .Values.log.verbosity }}
- {{ printf "--log-level=%s" .Values.log.level | quote }}
{{- else }}
- {{ printf "--v=%d" (int64 .Values.log.verbosity) | quote }}
{{- end }}
{{- end }}

{{- /* Which Lease: the same for the controller and for the clean-up, which takes it from the controller. */}}
{{- define "slicehints.leaseArgs" }}
- {{ printf "--leader-elect-resource-name=%s" (include "slicehints.leaseName" .) | quote }}
- {{ printf "--leader-elect-resource-namespace=%s" (include "slicehints.namespace" .) | quote }}
{{- end }}

{{- /* The condition by which the guard lets this release, and whom else it is told, pass. */}}
{{- define "slicehints.exempt" -}}
request.userInfo.username != '{{ include "slicehints.user" . }}'
{{- range .Values.guard.exemptUsers }} && request.userInfo.username != '{{ . }}'{{ end }}
{{- end }}

{{- /* Rights in the namespaces that are served. */}}
{{- define "slicehints.rules" -}}
- apiGroups: ['']
  resources: [services]
  verbs: [get, list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [get, list, watch, patch]
# list is for `slicehints doctor`, which shows the Events of a Service.
- apiGroups: ['']
  resources: [events]
  verbs: [create, patch, list]
{{- end }}

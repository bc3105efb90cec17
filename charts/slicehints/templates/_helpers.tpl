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
{{- range concat (list $root.Values.commonLabels) (.extra | default list) }}
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
{{- range concat ((.Values.global | default dict).imagePullSecrets | default list) (.Values.imagePullSecrets | default list) }}
- name: {{ if kindIs "string" . }}{{ . | quote }}{{ else }}{{ .name | quote }}{{ end }}
{{- end }}
{{- end }}

{{- /* The user that the guard lets pass. */}}
{{- define "slicehints.user" -}}
{{- printf "system:serviceaccount:%s:%s" (include "slicehints.namespace" .) (include "slicehints.serviceAccountName" .) }}
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

{{- /* The heap in MiB: 70 % of the memory limit; nothing without a limit or with one that cannot be read. */}}
{{- define "slicehints.heapMiB" -}}
{{- $limits := (.Values.resources | default dict).limits | default dict }}
{{- $memory := "" }}
{{- if hasKey $limits "memory" }}
{{- $memory = ternary (toString $limits.memory) (toString (int64 $limits.memory)) (kindIs "string" $limits.memory) }}
{{- end }}
{{- if regexMatch "^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$" $memory }}
{{- $bytes := dict "" 1 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 }}
{{- $unit := regexFind "[A-Za-z]*$" $memory }}
{{- $heap := divf (mulf (float64 (trimSuffix $unit $memory)) (float64 (get $bytes $unit)) 0.7) 1048576.0 }}
{{- max 16 (int64 $heap) }}
{{- end }}
{{- end }}

{{- define "slicehints.nodeOptions" -}}
{{- $options := .Values.nodeOptions | default "" }}
{{- $heap := include "slicehints.heapMiB" . }}
{{- if contains "--max-old-space-size" $options }}
{{- $options }}
{{- else if $heap }}
{{- printf "--max-old-space-size=%s %s" $heap $options | trim }}
{{- else }}
{{- $options }}
{{- end }}
{{- end }}

{{- define "slicehints.env" -}}
{{- with include "slicehints.nodeOptions" . }}
- name: NODE_OPTIONS
  value: {{ . | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The arguments of `slicehints controller`, one a line of a YAML list. */}}
{{- define "slicehints.controllerArgs" -}}
{{- $flags := list }}
{{- with .Values.watchNamespace }}
{{- $flags = append $flags (printf "--namespace=%s" .) }}
{{- end }}
{{- $flags = append $flags (printf "--kube-api-qps=%s" (toString .Values.kubeApi.qps)) }}
{{- $flags = append $flags (printf "--kube-api-burst=%d" (int64 .Values.kubeApi.burst)) }}
{{- $flags = append $flags (printf "--kube-api-timeout=%s" .Values.kubeApi.timeout) }}
{{- $flags = append $flags (printf "--leader-elect=%t" .Values.leaderElection.enabled) }}
{{- if .Values.leaderElection.enabled }}
{{- $flags = append $flags (printf "--leader-elect-lease-duration=%s" .Values.leaderElection.leaseDuration) }}
{{- $flags = append $flags (printf "--leader-elect-renew-deadline=%s" .Values.leaderElection.renewDeadline) }}
{{- $flags = append $flags (printf "--leader-elect-retry-period=%s" .Values.leaderElection.retryPeriod) }}
{{- $flags = append $flags (printf "--leader-elect-resource-name=%s" (include "slicehints.leaseName" .)) }}
{{- $flags = append $flags (printf "--leader-elect-resource-namespace=%s" (include "slicehints.namespace" .)) }}
{{- end }}
{{- $flags = append $flags (printf "--concurrent-service-syncs=%d" (int64 .Values.controller.concurrentServiceSyncs)) }}
{{- $flags = append $flags (printf "--coalesce-window=%s" .Values.controller.coalesceWindow) }}
{{- if .Values.controller.dryRun }}
{{- $flags = append $flags "--dry-run=true" }}
{{- end }}
{{- $flags = append $flags (printf "--auto-strategy=%s" .Values.hints.autoStrategy) }}
{{- $flags = append $flags (printf "--overload-threshold=%s" (toString .Values.hints.overloadThreshold)) }}
{{- $flags = append $flags (printf "--rebalance-gain=%s" (toString .Values.hints.rebalanceGain)) }}
{{- with .Values.hints.inTree }}
{{- $flags = append $flags (printf "--in-tree=%s" .) }}
{{- end }}
{{- range .Values.hints.managedBy }}
{{- $flags = append $flags (printf "--managed-by=%s" .) }}
{{- end }}
{{- range .Values.hints.ignoreManagedBy }}
{{- $flags = append $flags (printf "--ignore-managed-by=%s" .) }}
{{- end }}
{{- if ne .Values.guard.policy.apiVersion "v1" }}
{{- $flags = append $flags (printf "--guard-policy-version=%s" .Values.guard.policy.apiVersion) }}
{{- end }}
{{- if eq (include "slicehints.guard" .) "webhook" }}
{{- $flags = append $flags (printf "--guard-webhook-bind-address=:%d" (int64 .Values.guard.webhook.port)) }}
{{- $flags = append $flags (printf "--guard-webhook-cert-dir=%s" .Values.guard.webhook.certDir) }}
{{- $flags = append $flags (printf "--guard-exempt-user=%s" (include "slicehints.user" .)) }}
{{- range .Values.guard.exemptUsers }}
{{- $flags = append $flags (printf "--guard-exempt-user=%s" .) }}
{{- end }}
{{- end }}
{{- if .Values.metrics.enabled }}
{{- $flags = append $flags (printf "--metrics-bind-address=:%d" (int64 .Values.metrics.port)) }}
{{- else }}
{{- $flags = append $flags "--metrics-bind-address=0" }}
{{- end }}
{{- $flags = append $flags (printf "--health-probe-bind-address=:%d" (int64 .Values.health.port)) }}
{{- if .Values.metrics.perService }}
{{- $flags = append $flags "--per-service-metrics=true" }}
{{- end }}
{{- if kindIs "invalid" .Values.log.verbosity }}
{{- $flags = append $flags (printf "--log-level=%s" .Values.log.level) }}
{{- else }}
{{- $flags = append $flags (printf "--v=%d" (int64 .Values.log.verbosity)) }}
{{- end }}
{{- $flags = append $flags (printf "--log-format=%s" .Values.log.format) }}
{{- range concat $flags (.Values.extraArgs | default list) }}
- {{ . | quote }}
{{- end }}
{{- end }}

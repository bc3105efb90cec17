/**
 * The objects of other operators that the chart makes, with the fields that it or its values may set; from the custom
 * resource definitions of prometheus-operator (monitoring.coreos.com/v1) and cert-manager (cert-manager.io/v1).
 */

interface Metadata {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface RelabelConfig {
  sourceLabels?: string[];
  separator?: string;
  targetLabel?: string;
  regex?: string;
  modulus?: number;
  replacement?: string;
  action?: 'replace' | 'keep' | 'drop' | 'hashmod' | 'labelmap' | 'labeldrop' | 'labelkeep' | 'lowercase' | 'uppercase';
}

export interface ServiceMonitor {
  apiVersion: 'monitoring.coreos.com/v1';
  kind: 'ServiceMonitor';
  metadata: Metadata;
  spec: {
    jobLabel?: string;
    namespaceSelector?: { any?: boolean; matchNames?: string[] };
    selector: { matchLabels?: Record<string, string> };
    endpoints: {
      port?: string;
      path?: string;
      interval?: string;
      scrapeTimeout?: string;
      honorLabels?: boolean;
      relabelings?: RelabelConfig[];
      metricRelabelings?: RelabelConfig[];
    }[];
  };
}

interface Rule {
  expr: string | number;
  for?: string;
  keep_firing_for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface PrometheusRule {
  apiVersion: 'monitoring.coreos.com/v1';
  kind: 'PrometheusRule';
  metadata: Metadata;
  spec: {
    groups: {
      name: string;
      interval?: string;
      labels?: Record<string, string>;
      limit?: number;
      rules: (Rule & ({ alert: string } | { record: string }))[];
    }[];
  };
}

export interface Issuer {
  apiVersion: 'cert-manager.io/v1';
  kind: 'Issuer';
  metadata: Metadata;
  spec: { selfSigned: Record<string, never> };
}

export interface Certificate {
  apiVersion: 'cert-manager.io/v1';
  kind: 'Certificate';
  metadata: Metadata;
  spec: {
    secretName: string;
    duration?: string;
    renewBefore?: string;
    dnsNames?: string[];
    privateKey?: { algorithm?: 'RSA' | 'ECDSA' | 'Ed25519'; size?: number; rotationPolicy?: 'Never' | 'Always' };
    usages?: ('digital signature' | 'key encipherment' | 'server auth' | 'client auth')[];
    issuerRef: { name: string; kind?: string; group?: string };
  };
}

/**
 * Kubernetes objects as JSON gives them: only the fields that a plan or a view reads, all of them optional, because objects come
 * from API servers of many versions and from files that people wrote. The generated classes of
 * `@kubernetes/client-node` (V1Service, V1EndpointSlice, V1Node) fit these shapes too.
 */
type Optional<T> = T | null | undefined;

export interface MetadataManifest {
  readonly name?: Optional<string>;
  readonly namespace?: Optional<string>;
  readonly uid?: Optional<string>;
  readonly resourceVersion?: Optional<string>;
  readonly generation?: Optional<number>;
  /** A text from watches, a Date from generated clients. */
  readonly creationTimestamp?: Optional<string | Date>;
  readonly deletionTimestamp?: Optional<string | Date>;
  readonly labels?: Optional<Readonly<Record<string, string>>>;
  readonly annotations?: Optional<Readonly<Record<string, string>>>;
  /** Who set which fields last (structured merge diff); `time` is a text from watches, a Date from generated clients. */
  readonly managedFields?: Optional<readonly ManagedFieldsManifest[]>;
}

export interface ManagedFieldsManifest {
  readonly manager?: Optional<string>;
  readonly time?: Optional<string | Date>;
  readonly fieldsV1?: Optional<object>;
}

export interface ServiceManifest {
  readonly metadata?: Optional<MetadataManifest>;
  readonly spec?: Optional<{
    readonly type?: Optional<string>;
    readonly clusterIP?: Optional<string>;
    readonly clusterIPs?: Optional<readonly string[]>;
    readonly ports?: Optional<
      readonly {
        readonly name?: Optional<string>;
        readonly port?: Optional<number>;
        readonly protocol?: Optional<string>;
        readonly nodePort?: Optional<number>;
        readonly appProtocol?: Optional<string>;
      }[]
    >;
    readonly sessionAffinity?: Optional<string>;
    readonly sessionAffinityConfig?: Optional<{
      readonly clientIP?: Optional<{ readonly timeoutSeconds?: Optional<number> }>;
    }>;
    readonly selector?: Optional<Readonly<Record<string, string>>>;
    readonly trafficDistribution?: Optional<string>;
    readonly externalTrafficPolicy?: Optional<string>;
    readonly internalTrafficPolicy?: Optional<string>;
    readonly externalName?: Optional<string>;
    readonly externalIPs?: Optional<readonly string[]>;
  }>;
  readonly status?: Optional<{
    readonly loadBalancer?: Optional<{
      readonly ingress?: Optional<readonly { readonly ip?: Optional<string>; readonly ipMode?: Optional<string> }[]>;
    }>;
  }>;
}

export interface EndpointManifest {
  readonly addresses?: Optional<readonly string[]>;
  readonly conditions?: Optional<{
    readonly ready?: Optional<boolean>;
    readonly serving?: Optional<boolean>;
    readonly terminating?: Optional<boolean>;
  }>;
  readonly hints?: Optional<{
    readonly forZones?: Optional<readonly { readonly name: string }[]>;
    readonly forNodes?: Optional<readonly { readonly name: string }[]>;
  }>;
  readonly nodeName?: Optional<string>;
  readonly zone?: Optional<string>;
}

export interface EndpointSliceManifest {
  readonly metadata?: Optional<MetadataManifest>;
  readonly addressType?: Optional<string>;
  readonly endpoints?: Optional<readonly EndpointManifest[]>;
  readonly ports?: Optional<
    readonly {
      readonly name?: Optional<string>;
      readonly port?: Optional<number>;
      readonly protocol?: Optional<string>;
    }[]
  >;
}

export interface NodeManifest {
  readonly metadata?: Optional<MetadataManifest>;
  readonly spec?: Optional<{
    readonly taints?: Optional<readonly { readonly key?: Optional<string> }[]>;
  }>;
  readonly status?: Optional<{
    readonly allocatable?: Optional<Readonly<Record<string, Optional<string | number>>>>;
    readonly conditions?: Optional<
      readonly {
        readonly type: string;
        readonly status: string;
        readonly reason?: Optional<string>;
        /** Texts from watches, Dates from generated clients. */
        readonly lastTransitionTime?: Optional<string | Date>;
        readonly lastHeartbeatTime?: Optional<string | Date>;
      }[]
    >;
    readonly addresses?: Optional<readonly { readonly type: string; readonly address: string }[]>;
    readonly nodeInfo?: Optional<{
      readonly operatingSystem?: Optional<string>;
      readonly kubeletVersion?: Optional<string>;
    }>;
  }>;
}

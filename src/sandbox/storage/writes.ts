import type { DecodeOptions } from '../schema/decoding.js';
import type { KubeObject } from '../schema/kubeObject.js';
import type { ResourceName } from '../schema/resources.js';

/** Who makes a request, as admission sees it. */
export interface WriteRequest {
  readonly user: string;
  readonly userAgent: string;
  readonly fieldManager: string;
}

/** Runs on every update of an EndpointSlice before validation, as a mutating admission policy does. */
export type WriteHook = (oldObject: KubeObject, newObject: KubeObject, request: WriteRequest) => KubeObject;

/** A write that took place; `before` is absent for a creation, `after` for a deletion. */
export interface WriteRecord extends WriteRequest {
  readonly verb: 'create' | 'update' | 'patch' | 'apply' | 'delete';
  readonly resource: ResourceName;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: number;
  readonly wallMs: number;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

export interface WriteOptions extends Partial<WriteRequest>, DecodeOptions {
  readonly subresource?: string;
  /** All steps but the commit. */
  readonly dryRun?: boolean;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface PatchOptions extends WriteOptions {
  /** Takes fields from other managers; only for apply. */
  readonly force?: boolean;
}

export interface DeleteOptions extends WriteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface WriteResult {
  readonly object: KubeObject;
  readonly created: boolean;
}

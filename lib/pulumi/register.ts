import { CustomResource } from '@pulumi/kubernetes/apiextensions/customResource';
import * as core from '@pulumi/kubernetes/core/v1';
import type * as pulumi from '@pulumi/pulumi';
import type { ApiObject, App } from 'cdk8s';
import type { IConstruct } from 'constructs';

/** A Kubernetes object as Pulumi knows it. */
export type KubernetesResource = pulumi.CustomResource;

/** Synthesizes everything below `app` and registers one Pulumi resource for each object, as children of `parent`. */
export function registerObjects(app: App, parent: pulumi.Resource): ReadonlyMap<ApiObject, KubernetesResource> {
  // Runs all validations of the app; nothing is registered when one fails.
  app.synthYaml();
  const registered = new Map<ApiObject, KubernetesResource>();
  for (const chart of app.charts) {
    for (const object of chart.apiObjects) {
      registered.set(object, register(object, parent, registered));
    }
  }
  return registered;
}

function register(object: ApiObject, parent: pulumi.Resource, known: ReadonlyMap<IConstruct, KubernetesResource>): KubernetesResource {
  const dependsOn = object.node.dependencies.flatMap((dependency) => known.get(dependency) ?? []);
  const { apiVersion, kind, ...fields } = object.toJson();
  const typed = apiVersion === 'v1' ? (core as unknown as Record<string, typeof core.ConfigMap | undefined>)[kind] : undefined;
  return typed === undefined
    ? new CustomResource(object.node.path, { apiVersion, kind, ...fields }, { parent, dependsOn })
    : new typed(object.node.path, fields, { parent, dependsOn });
}

import type { ImagePackage } from '../router/router-package';
import {
  type BillInput,
  billImages,
  billPackages,
  contentUuid,
  isSpdxExpression,
  NOTHING_SAID,
  purlOfImage,
  purlOfPackage,
  TOOL,
  versionOf,
} from './bill-of-materials';
import { describeUse } from './image-list';

const ROOT = 'deployment';

/** A list of images as CycloneDX 1.6: components, and which of them hold which. The same list gives the same text. */
export function cycloneDx(input: BillInput): Readonly<Record<string, unknown>> {
  const images = billImages(input);
  const content = {
    components: [
      ...images.map(({ listed, image }) => ({
        type: 'container',
        'bom-ref': purlOfImage(image),
        name: `${image.registry}/${image.repository}`,
        ...(image.tag === undefined && image.digest === undefined ? {} : { version: image.tag ?? image.digest }),
        ...(image.digest === undefined ? {} : { hashes: [{ alg: 'SHA-256', content: image.digest.replace('sha256:', '') }] }),
        purl: purlOfImage(image),
        properties: listed.uses.map((use) => ({ name: `${TOOL}:used-by`, value: describeUse(use) })),
      })),
      ...billPackages(input).map(({ purl, one }) => ({
        type: 'library',
        'bom-ref': purl,
        ...nameOf(one),
        ...(versionOf(one) === undefined ? {} : { version: one.version }),
        ...licensesOf(one),
        purl,
      })),
    ],
    dependencies: [
      { ref: ROOT, dependsOn: images.map(({ image }) => purlOfImage(image)) },
      ...images.map(({ image, packages }) => ({
        ref: purlOfImage(image),
        ...(packages.length === 0 ? {} : { dependsOn: [...new Set(packages.map(purlOfPackage))].sort() }),
      })),
      ...billPackages(input).map(({ purl }) => ({ ref: purl })),
    ],
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${contentUuid(content)}`,
    version: 1,
    metadata: {
      ...(input.timestamp === undefined ? {} : { timestamp: input.timestamp }),
      tools: { components: [{ type: 'application', name: TOOL, version: input.version }] },
      component: { type: 'application', 'bom-ref': ROOT, name: ROOT },
    },
    ...content,
  };
}

function licensesOf({ license }: ImagePackage) {
  if (license === NOTHING_SAID) {
    return {};
  }
  return { licenses: [isSpdxExpression(license) ? { expression: license } : { license: { name: license } }] };
}

function nameOf({ name }: ImagePackage): { readonly group?: string; readonly name: string } {
  const [scope, rest] = name.split('/');
  return rest === undefined ? { name } : { group: scope as string, name: rest };
}

import { createHash } from 'node:crypto';
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

const DOCUMENT = 'SPDXRef-DOCUMENT';
/** SPDX must name a time; without one it is the one that says nothing. */
const NO_TIME = '1970-01-01T00:00:00Z';

/** A list of images as SPDX 2.3: packages, and which of them contain which. The same list gives the same text. */
export function spdx(input: BillInput): Readonly<Record<string, unknown>> {
  const images = billImages(input);
  const packages = [
    ...images.map(({ image }) => ({
      ...packageOf(purlOfImage(image), `${image.registry}/${image.repository}`, image.tag ?? image.digest, NOTHING_SAID),
      ...(image.digest === undefined ? {} : { checksums: [{ algorithm: 'SHA256', checksumValue: image.digest.replace('sha256:', '') }] }),
      primaryPackagePurpose: 'CONTAINER',
    })),
    ...billPackages(input).map(({ purl, one }) => ({
      ...packageOf(purl, one.name, versionOf(one), isSpdxExpression(one.license) ? one.license : NOTHING_SAID),
      primaryPackagePurpose: 'LIBRARY',
    })),
  ];
  const relationships = images.flatMap(({ image, packages: inside }) => {
    const id = idOf(purlOfImage(image));
    return [
      related(DOCUMENT, 'DESCRIBES', id),
      ...[...new Set(inside.map(purlOfPackage))].sort().map((purl) => related(id, 'CONTAINS', idOf(purl))),
    ];
  });
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    name: `${TOOL}-images`,
    documentNamespace: `https://spdx.org/spdxdocs/${TOOL}-images-${contentUuid({ packages, relationships })}`,
    creationInfo: { created: input.timestamp ?? NO_TIME, creators: [`Tool: ${TOOL}-${input.version}`] },
    packages,
    relationships,
  };
}

function packageOf(purl: string, name: string, version: string | undefined, license: string) {
  return {
    name,
    SPDXID: idOf(purl),
    ...(version === undefined ? {} : { versionInfo: version }),
    supplier: NOTHING_SAID,
    downloadLocation: NOTHING_SAID,
    filesAnalyzed: false,
    licenseConcluded: NOTHING_SAID,
    licenseDeclared: license,
    copyrightText: NOTHING_SAID,
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}

function idOf(purl: string): string {
  return `SPDXRef-Package-${createHash('sha256').update(purl).digest('hex').slice(0, 24)}`;
}

function related(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

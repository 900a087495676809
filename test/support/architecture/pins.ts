import * as ts from 'typescript';
import type { Problem } from './problem';
import { parse, type Sources, walk, whereIs } from './sources';

/** `[host[:port]/]name/name:tag` or `…@sha256:digest`. */
const IMAGE =
  /^(?=[^/]+\/)(?:[a-z0-9][a-z0-9.-]*(?::\d+)?\/)?(?:[a-z0-9][a-z0-9._-]*\/)*[a-z0-9][a-z0-9._-]*(?::[A-Za-z0-9_][\w.-]*|@sha256:[0-9a-f]{64})$/;

/** `group/v1`, `group/v1beta2`. */
const API_VERSION = /^[a-z0-9][a-z0-9.-]*\/v\d+(?:(?:alpha|beta)\d+)?$/;

/** An `apiVersion` inside a longer text, e.g. of a template. */
const API_VERSION_LINE = /apiVersion["']?\s*:\s*["']?[a-z0-9]/;

/** A release number, `v0.9.0` or `0.9.0-rc.1`, but no IP address. */
const RELEASE = /^v?\d+\.\d+\.\d+(?:[-+][\w.-]+)?$/;

function stringsOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) {
    return node.text;
  }
  return ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node) ? node.text : undefined;
}

function isModuleSpecifier(node: ts.Node): boolean {
  return ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent) || ts.isExternalModuleReference(node.parent);
}

function pinIn(node: ts.Node, text: string, schemas: readonly string[]): string | undefined {
  if (IMAGE.test(text)) {
    return `the image ${text}`;
  }
  if (API_VERSION.test(text) || API_VERSION_LINE.test(text)) {
    return `the apiVersion ${text.trim().split('\n')[0]}`;
  }
  if (RELEASE.test(text) && !schemas.includes(text)) {
    return `the version ${text}`;
  }
  const property = node.parent;
  if (ts.isPropertyAssignment(property) && /^["']?apiVersion["']?$/.test(property.name.getText()) && property.initializer === node) {
    return `the apiVersion ${text}`;
  }
  return undefined;
}

/**
 * Images, API versions and releases written as literals: they belong in `lib/versions.ts`. `schemas` are releases that name a form of
 * the router's configuration, which code must be able to tell apart.
 */
export function checkPins(sources: Sources, schemas: readonly string[] = []): Problem[] {
  const problems: Problem[] = [];
  for (const [file, text] of sources) {
    walk(parse(file, text), (node) => {
      const literal = stringsOf(node);
      const pin = literal === undefined || isModuleSpecifier(node) ? undefined : pinIn(node, literal, schemas);
      if (pin !== undefined) {
        problems.push({ where: whereIs(node), what: `holds ${pin}: take it from lib/versions.ts` });
      }
    });
  }
  return problems;
}

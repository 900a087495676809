import * as pulumi from '@pulumi/pulumi';
import { isDerived, placeholder, splitPlaceholders } from '../util/placeholder';
import { ensure } from '../validation/error';

/**
 * A text that stands for a value which is only known at deployment, for every place of a construct that wants a `string`: an image or
 * a part of one (`repo@${outputToken(digest)}`), a name, a namespace, an environment variable, a label, text inside of a ConfigMap, the
 * value of a JSON patch.
 *
 * When the stack registers its objects, Pulumi gets the output in its place: a preview shows it as unknown, a secret stays secret in
 * every field that holds it (encrypted in the state; in a ConfigMap the cluster still stores it as plain text), and what is only known
 * then is not checked before. The value goes in as it is: text that must be quoted inside of JSON or YAML has to be quoted before.
 *
 * A plain text is returned as it is. The same output gives the same token, and pods roll when its value changes, not when the program
 * makes its tokens in another order. Throws LLMD906 for what is no text, promise or output. Outside of a `ServingStack` a synth fails
 * with LLMD901; texts that were shortened or re-cased after they got a token fail with LLMD902.
 */
export function outputToken(output: pulumi.Input<string>): string {
  if (typeof output === 'string') {
    return output;
  }
  const waits = pulumi.Output.isInstance(output) || (typeof output === 'object' && output !== null && 'then' in output);
  ensure(waits, 'LLMD906', { given: output === null ? 'null' : typeof output });
  return placeholder(output);
}

/**
 * A text with tokens as the output that it stands for, e.g. the `endpoint` of a route in a namespace that another stack made:
 * `resolveTokens(stack.constructs.endpoint)`. A text without tokens is an output at once. LLMD905 is thrown at deployment for an output
 * that turns out to have no value.
 */
export function resolveTokens(text: string): pulumi.Output<string> {
  const parts = splitPlaceholders(text).map((part) => (typeof part === 'string' ? pulumi.output(part) : resolved(part.value, text)));
  return pulumi.all(parts).apply((values) => values.join(''));
}

function resolved(value: unknown, text: string): pulumi.Output<string> {
  if (isDerived(value)) {
    return resolveTokens(value.text).apply(value.derive);
  }
  return pulumi.output(value as pulumi.Input<string>).apply((given: unknown) => {
    const isText = typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean';
    ensure(isText, 'LLMD905', { text, given: given === null ? 'null' : typeof given });
    return String(given);
  });
}

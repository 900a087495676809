/** 90x to 91x: Pulumi programs. */
export const PULUMI_CODES = {
  LLMD901: {
    severity: 'error',
    slug: 'output-without-stack',
    message:
      'the value of a Pulumi output stands in {where}, and this synth cannot know it: deploy the constructs by a ServingStack of "cdk8s-llm-d/pulumi", or give a plain text',
    why: 'An output is known only at deployment; a YAML file would hold the text that stands for it.',
  },
  LLMD902: {
    severity: 'error',
    slug: 'output-cut',
    message:
      'what is left of the placeholder of a Pulumi output stands in {where}: "{given}"; do not shorten, re-case or otherwise change a text that holds outputToken(…): compute it with `apply` first and give outputToken the result',
    why: 'A placeholder is replaced as a whole; what a name shortening or `toUpperCase` made of it would reach the cluster. So would one of another program: in the automation API a token is known to the program that made it, until it ends.',
  },
  LLMD903: {
    severity: 'error',
    slug: 'output-as-key',
    message:
      'a key in {where} holds the value of a Pulumi output: keys must be known when the program runs; give a plain text as the key and the output as its value',
    why: 'Pulumi compares objects key by key; with an unknown key a preview could say nothing of the object.',
  },
  LLMD904: {
    severity: 'error',
    slug: 'output-in-path',
    message: "a construct's id holds the value of a Pulumi output: give it a plain text as id, and the output as `name`",
    why: 'The path of an object is the name of its Pulumi resource, which must be the same in every run.',
  },
  LLMD905: {
    severity: 'error',
    slug: 'output-without-value',
    message:
      'the Pulumi output in {where} has no value: it is {given}; check the name of the output in its stack, or give a default by `apply`',
    why: 'A stack reference answers undefined for an output that does not exist; "undefined" would be a part of a name or an image.',
  },
  LLMD906: {
    severity: 'error',
    slug: 'output-token',
    message: 'outputToken was given {given}: give it a Pulumi output of a text, a promise of one, or a text',
    why: 'Anything else would be written as "[object Object]".',
  },
  LLMD907: {
    severity: 'error',
    slug: 'asynchronous-build',
    message:
      'the function that builds stack "{name}" is asynchronous: its objects would be registered before it has made them; make it synchronous and hand values of the future in by outputToken(…)',
    why: 'Constructs are rendered as soon as the function returns.',
  },
  LLMD908: {
    severity: 'error',
    slug: 'not-of-this-stack',
    message: '{given} is no object of this stack: give an ApiObject, or a construct with one default object, that its function built',
    why: 'Only what was built inside of the stack has a Pulumi resource in it.',
  },
  LLMD909: {
    severity: 'error',
    slug: 'object-option',
    message: 'objectOptions gave the option `{option}`, which the stack decides itself: {change}',
    why: 'The name, parent and identity of each resource follow from the construct tree.',
  },
  LLMD910: {
    severity: 'error',
    slug: 'output-in-text',
    message:
      'a Pulumi output was put into the text in {where}, which holds a notice of Pulumi now: put outputToken(…) of the output into the text instead',
    why: 'An output has no value yet when texts are put together; its token stands for it.',
  },
  LLMD920: {
    severity: 'error',
    slug: 'components-disagree',
    message:
      '`{prop}` of "{first}" is {one}, of "{second}" {other}, and the gateway takes it from its models: give the gateway its own `{prop}`',
    why: 'Routers and gateway are written for one cluster and one release; taking those of the first model silently would surprise.',
  },
  LLMD921: {
    severity: 'error',
    slug: 'output-in-plan',
    message:
      '`{prop}` was given {given}, but it decides what is planned before anything is deployed: give a plain value, from `config` or `await stackReference.getOutputValue(…)`',
    why: 'Numbers, choices and names decide which objects exist and which checks hold; a preview with unknown ones could show nothing.',
  },
  LLMD922: {
    severity: 'error',
    slug: 'servers-without-namespace',
    message:
      'servers "{servers}" have no namespace, but their gateway has one ({namespace}): give both the same `namespace`, or none to either',
    why: 'A pool finds only pods of its own namespace, and it is written where the gateway is when the servers name none.',
  },
  LLMD924: {
    severity: 'error',
    slug: 'asynchronous-configure',
    message:
      '`configure` of "{name}" is asynchronous: the objects would be registered before it has changed them; make it synchronous and hand values of the future in by outputToken(…)',
    why: 'Constructs are rendered as soon as the function returns.',
  },
} as const;

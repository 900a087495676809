/** 54x to 57x: the router's workload: image, flags, variables, replicas, sidecars; 57x: images that are built from its package. */
export const ROUTER_CODES = {
  LLMD540: {
    severity: 'error',
    slug: 'image-reference',
    message:
      'image "{given}" is not a reference: write "[registry/]repository[:tag][@sha256:<64 hex digits>]" with the repository in lower case, e.g. "registry.example.com/llm/llm-d-epp:0.1.0"',
    why: 'The kubelet refuses the pod with InvalidImageName, long after the synth.',
  },
  LLMD541: {
    severity: 'error',
    slug: 'image-registry',
    message:
      'registry "{given}" is not one: write "host[:port][/path]" in lower case, without a scheme and without a slash at the end, e.g. "registry.example.com/llm"; change `imageRegistry` or CDK8S_LLM_D_REGISTRY',
    why: 'It is put in front of the repository, and the result must be an image reference.',
  },
  LLMD542: {
    severity: 'error',
    slug: 'router-version',
    message:
      'router version "{given}" is not supported: write a tag of the upstream router from "{oldest}" on (e.g. "{example}"), or "main"',
    why: 'The version is the tag of the image and decides which plugins and flags are known.',
  },
  LLMD543: {
    severity: 'warning',
    slug: 'router-registry',
    message:
      'router image "{image}" names no registry, so nodes look for it on Docker Hub, where it is not; there are three ways on: push it to a registry of yours (set `imageRegistry` of the chart or CDK8S_LLM_D_REGISTRY, synthesize, `npx cdk8s-llm-d image push`), load it into the nodes (`npx cdk8s-llm-d image build --load`, then `kind load docker-image {image}` or `minikube image load {image}`), or take RouterImage.upstream()',
    why: 'The router of this project is in no public registry: who deploys it builds it from the package llm-d-epp, and pods that find no image never start.',
  },
  LLMD544: {
    severity: 'warning',
    slug: 'router-floating-image',
    message: 'router image "{image}" can change under the same name: name a version tag or, better, a digest',
    why: 'Pods that start later may run another router than the one that the configuration was checked for.',
  },
  LLMD545: {
    severity: 'warning',
    slug: 'router-active-active',
    message:
      '{replicas} router replicas without leader election each keep their own state, but the strategy counts or learns in the router: set `leaderElection: true`, or take a strategy whose state comes from the model servers',
    why: 'Prefix index, in-flight counts and flow-control queues then see only a part of the traffic, and decisions get worse.',
  },
  LLMD546: {
    severity: 'error',
    slug: 'router-disruption-budget',
    message:
      '`disruptionBudget` cannot hold with {replicas} router replica(s){mode}: it would block every drain of the node for ever; remove it, or run several replicas with `leaderElection: false`',
    why: 'Only the leader is Ready, so a budget counts one healthy pod whatever the number of replicas, and never allows its eviction.',
  },
  LLMD547: {
    severity: 'error',
    slug: 'router-metrics-auth',
    message: '`metricsAuth` needs a namespace that is known at synth: set `namespace` of the chart',
    why: 'Who may review tokens is a ClusterRoleBinding, whose subject must name a namespace.',
  },
  LLMD548: {
    severity: 'error',
    slug: 'router-flag',
    message: 'router {version} would not start with its `flags`: {problems}',
    why: 'The router ends on a flag that it does not know or cannot parse, and the pod crashes in a loop.',
  },
  LLMD549: {
    severity: 'error',
    slug: 'router-managed-flag',
    message: 'flag "{flag}" is set by this library: {change}',
    why: 'A flag that is given twice takes its last value, and the objects beside the router would no longer agree with it.',
  },
  LLMD551: {
    severity: 'error',
    slug: 'router-env',
    message: 'variable "{name}" of {container} is given twice: {change}',
    why: 'The last entry wins silently.',
  },
  LLMD552: {
    severity: 'error',
    slug: 'router-pod-label',
    message: 'pods of "{name}" would carry {label}, which {owner} selects: choose another label in `podLabels`',
    why: 'The pool would send requests for the model to the router, or the router Service would lose its pods.',
  },
  LLMD553: {
    severity: 'error',
    slug: 'objective-name',
    message: 'objective "{name}" is listed twice: give each a name of its own',
    why: 'The router looks an objective up by its name alone, and two objects of one name are one object.',
  },
  LLMD554: {
    severity: 'error',
    slug: 'objective-without-pool',
    message: '`objectives` need an InferencePool, but `mode` is "selector": set `mode: \'pool\'` or remove them',
    why: 'An InferenceObjective names a pool, and a router without a pool does not read objectives.',
  },
  LLMD556: {
    severity: 'error',
    slug: 'tokenizer-model',
    message:
      'the render service cannot see "{model}", which is below none of its mounts: set `tokenizer.model` to the id of the model on Hugging Face, or mount the folder with `tokenizer.volumes` and `tokenizer.volumeMounts`',
    why: 'The render pods would end at start, and no prompt would be tokenized.',
  },
  LLMD557: {
    severity: 'error',
    slug: 'sidecar-name',
    message: '{kind} "{name}" is in the router pod twice: give the one of `sidecars` another name',
    why: 'The API server refuses a pod with two containers, volumes or ports of one name.',
  },
  LLMD559: {
    severity: 'error',
    slug: 'router-service-port',
    message: 'Service "{name}" would have port {port} twice: change `servicePorts` of the one in `sidecars`',
    why: 'The API server refuses two ports of one number or one name.',
  },
  LLMD560: {
    severity: 'warning',
    slug: 'router-variable',
    message: 'environment of the router: {problem}; correct or remove it in `env`',
    why: 'A variable that is misspelt changes nothing, and the router behaves as if it had not been set.',
  },
  LLMD561: {
    severity: 'error',
    slug: 'router-variable-value',
    message: 'the router cannot read its environment: {problem}; change it in `env`',
    why: 'The router ends when it comes to a value that it cannot read, and the pod crashes in a loop.',
  },
  LLMD570: {
    severity: 'error',
    slug: 'router-package-missing',
    message:
      'package llm-d-epp is not found from "{folder}": install it there (`npm install --save-dev llm-d-epp`), or work in a checkout of this project; RouterImage.BUNDLED and RouterImage.upstream() need no package',
    why: 'An image of the router is built from its package, which is no dependency of this library.',
  },
  LLMD571: {
    severity: 'error',
    slug: 'router-package-broken',
    message: 'package llm-d-epp cannot be loaded ("{file}"): {problem}; install it again, or run `npm run build` in the checkout',
    why: 'What goes into the image, and how it is built, is known to the package alone.',
  },
  LLMD572: {
    severity: 'error',
    slug: 'router-package-image',
    message: 'package llm-d-epp can make no such image: {problem}',
    why: 'The tag is a hash of what goes into the image; what cannot be read cannot be hashed.',
  },
  LLMD573: {
    severity: 'error',
    slug: 'router-plugin-file',
    message: 'plugin "{plugin}" is not there: paths of `plugins` start at the working folder, "{folder}"',
    why: 'The file is bundled into the image, and its content is part of the tag.',
  },
  LLMD574: {
    severity: 'warning',
    slug: 'router-plugin-unused',
    message:
      "plugin \"{plugin}\" is in the router image, but strategy \"{strategy}\" does not use it: add `.withScorer(Scorer.module('{plugin}', 1))` or `.withFilter(Filter.module('{plugin}'))`, `.withAdmitter(Admitter.module('{plugin}'))` when it acts outside of the profiles, or take it out of `plugins`",
    why: 'It is loaded, but as a scorer or filter it is never asked, so it has no influence on where requests go.',
  },
  LLMD575: {
    severity: 'error',
    slug: 'image-lock',
    message:
      'the record of pushed images "{file}" cannot be read: {problem}; write it with `npx cdk8s-llm-d image push`, or remove it to name images by their tags',
    why: 'A digest that is silently left out would deploy an image that nobody pinned.',
  },
  LLMD576: {
    severity: 'error',
    slug: 'router-plugin-missing',
    message:
      'strategy "{strategy}" uses module "{plugin}", which the router image does not have (it has {known}): name its file in `plugins` of RouterImage.fromPackage, or give the `path` that it has in the pod',
    why: 'The router ends at start when it cannot load a plugin, and the pod crashes in a loop.',
  },
  LLMD580: {
    severity: 'error',
    slug: 'image-mirror',
    message:
      'mirror "{given}" is not one: write "host[:port][/path]" in lower case, without a scheme and without a slash at the end, e.g. "registry.example.com/mirror"; change `imageMirror`, CDK8S_LLM_D_IMAGE_MIRROR or `--mirror`',
    why: 'It is put in front of the name of every image, and the result must be an image reference.',
  },
  LLMD581: {
    severity: 'error',
    slug: 'mirrored-image',
    message:
      'image "{image}" would be "{target}" in the mirror, which is no image reference: {change}; a name may have 255 characters without its host, in lower case',
    why: 'The kubelet refuses the pod with InvalidImageName, long after the synth.',
  },
  LLMD582: {
    severity: 'warning',
    slug: 'image-beside-mirror',
    message:
      'image "{image}" of {kind} "{name}" is written as it is and not as the mirror has it, because {reason}: if it is one, write the name in the mirror yourself (`targetOf` of ImageMirror tells it)',
    why: 'A text that another tool fills in after the synth, or that may be no container image at all, cannot be rewritten, and a cluster without internet access then cannot pull what it names.',
  },
  LLMD583: {
    severity: 'error',
    slug: 'image-list-file',
    message: '"{file}" cannot be read: {problem}; name files with Kubernetes manifests, or the folder that the synth wrote',
    why: 'A list that leaves out a file without a word would let its images be missing in the cluster.',
  },
  LLMD585: {
    severity: 'error',
    slug: 'bill-of-materials-time',
    message: 'time "{given}" is none: write `--timestamp` as in "2026-06-30T12:00:00Z", and SOURCE_DATE_EPOCH as whole seconds since 1970',
    why: 'Bills of materials state when they were made, and are equal byte by byte when that is equal.',
  },
  LLMD586: {
    severity: 'error',
    slug: 'image-list-output',
    message: '"{file}" cannot be written: {problem}; name a file in a folder that exists with `--output`',
    why: 'The file is written whole or not at all, so what stood there before is still what it was.',
  },
} as const;

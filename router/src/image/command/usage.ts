import { BUILDER_VARIABLE } from './find-builder';
import { DEFAULT_MANIFEST, REGISTRY_VARIABLE } from './image-set';
import { DEFAULT_LOCK, LOCK_VARIABLE } from './lock-file';

/** The help text of the command. */
export function usage(): string {
  return `Usage: llm-d-epp image build|push|inspect [options]

Builds the router's image from this package, with docker buildx, podman or buildah, for linux/amd64 and linux/arm64.

  build      builds what is named and pushes nothing
  push       builds, pushes, prints the digest of the index and records it in ${DEFAULT_LOCK}
             (${LOCK_VARIABLE} names another file); a synth then pins the image by it
  inspect    says what the image is: its name, what goes into it, its digest, and whether the registry has it, which is asked with
             the login of docker, podman or buildah

What is built:
  --manifest FILE        the images that a synth has named; ${DEFAULT_MANIFEST} when it is there and none of the following is given
  --registry NAME        where the image belongs, such as registry.example.com/team; by default ${REGISTRY_VARIABLE}
  --tag TAG              instead of <version>-<hash of the content>
  --plugin FILE          a module for a plugin of type "module", into /app/plugins; may be given again
  --build-arg NAME=VALUE of the Dockerfile, such as BASE=registry.example.com/node:24; may be given again; no secrets
  --platform LIST        platforms, separated by commas
  --target STAGE         stage of the Dockerfile

How:
  --builder NAME         docker, podman or buildah; by default ${BUILDER_VARIABLE}, else the first that is there
  --load                 build: for this machine's platform only, into the tool's own store (for kind, minikube)
  --if-absent            push: when the registry has the tag already, only record the digest that it has
  --insecure             the registry speaks plain HTTP, or has a certificate that is not to be checked
  --dry-run              prints the commands and runs none
  --json                 inspect: as JSON
  --help                 this text

The exit status is 0 when all was done, 1 when something failed, 2 when the call was wrong.
`;
}

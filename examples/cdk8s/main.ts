// Renders every example, one chart or more each, into dist/.
import { App } from 'cdk8s';
import { build as airGapped } from './air-gapped';
import { build as autoscaling } from './autoscaling';
import { build as blueGreen } from './blue-green';
import { build as clusters } from './clusters';
import { build as cpuSimulator } from './cpu-simulator';
import { build as gateways } from './gateways';
import { build as heterogeneousPd } from './heterogeneous-pd';
import { build as monitoring } from './monitoring';
import { build as multiModel } from './multi-model';
import { build as multiNode } from './multi-node';
import { build as ociImage } from './oci-image';
import { build as optimizedBaseline } from './optimized-baseline';
import { build as pdDisaggregation } from './pd-disaggregation';
import { build as precisePrefix } from './precise-prefix';
import { build as prefillDecode } from './prefill-decode';
import { build as pvcCache } from './pvc-cache';
import { build as quickstart } from './quickstart';
import { build as sglang } from './sglang';
import { build as tpu } from './tpu';
import { build as wideEp } from './wide-ep';
import { build as wideEpLws } from './wide-ep-lws';
import { build as xpu } from './xpu';

const app = new App();
for (const build of [
  airGapped,
  autoscaling,
  blueGreen,
  clusters,
  cpuSimulator,
  gateways,
  heterogeneousPd,
  monitoring,
  multiModel,
  multiNode,
  ociImage,
  optimizedBaseline,
  pdDisaggregation,
  precisePrefix,
  prefillDecode,
  pvcCache,
  quickstart,
  sglang,
  tpu,
  wideEpLws,
  wideEp,
  xpu,
]) {
  build(app);
}
app.synth();

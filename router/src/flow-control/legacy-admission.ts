import { Candidates } from '../plugin/candidates';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { SaturationDetector } from '../plugin/plugins';
import type { InferenceRequest } from '../plugin/request';
import type { Admission, AdmissionControl } from '../request-control/admission';
import { locate, type SubsetOptions } from '../request-control/candidate-location';
import { sheddableDropped } from './outcomes';

/** The subset comes as addresses already, or not at all where it is ignored. */
const asGiven: SubsetOptions = { ignored: false, honourPorts: true };

const admitted: Admission = {
  wait: undefined,
  cancel: () => {},
  dispatched: () => {},
  finished: () => {},
};

/** Admission without queues: refuses requests of negative priority while the endpoints they may use are full, and lets all others in. */
export class LegacyAdmission implements AdmissionControl {
  private readonly candidates = new Candidates();

  constructor(
    private readonly detector: SaturationDetector,
    private readonly endpoints: EndpointTable,
  ) {}

  admit(request: InferenceRequest, subset: readonly string[] | undefined): Admission {
    if (request.priority < 0 && this.detector.saturation(locate(this.candidates, this.endpoints, subset, asGiven)) >= 1)
      throw sheddableDropped();
    return admitted;
  }
}

import type {Phase} from '../model.ts';

/** The kubelet is up before the manifests are dropped in: it then starts the pods at once (measured: 0.5 s earlier than the other way round). */
export const kubeletStart: Phase = {
	name: 'kubelet-start',
	title: 'Start the kubelet',
	on: 'every',
	steps: () => [{kind: 'service', unit: 'kubelet.service', state: 'started', enabled: true}],
};

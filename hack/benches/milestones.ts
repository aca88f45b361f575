/** When a new cluster came to what, told by its own objects: what a first request has to wait for. Pure. */
import type {Mark} from './marks.ts';

type Status = {
	readonly conditions?: readonly {readonly type: string; readonly status: string; readonly lastTransitionTime: string}[];
	readonly containerStatuses?: readonly {readonly state: {readonly running?: {readonly startedAt: string}}}[];
};
type Told = {
	readonly kind: string;
	readonly metadata: {readonly name: string; readonly creationTimestamp: string};
	readonly status: Status;
};

const created = ({metadata}: Told) => metadata.creationTimestamp;
const running = ({status}: Told) => status.containerStatuses?.[0]?.state.running?.startedAt;
const ready = ({status}: Told) =>
	status.conditions?.find(({type, status: is}) => type === 'Ready' && is === 'True')?.lastTransitionTime;

const milestones: readonly {readonly name: string; readonly of: RegExp; readonly when: (told: Told) => string | undefined}[] = [
	{name: 'node registered', of: /^Node /, when: created},
	{name: 'flannel and kube-proxy made', of: /^Pod kube-(flannel|proxy)-/, when: created},
	{name: 'flannel runs', of: /^Pod kube-flannel-/, when: running},
	{name: 'node Ready', of: /^Node /, when: ready},
	{name: 'CoreDNS runs', of: /^Pod coredns-/, when: running},
	{name: 'CoreDNS Ready', of: /^Pod coredns-/, when: ready},
	{name: 'workload runs', of: /^Pod (web$|everywhere-)/, when: running},
];

/**
 * Reads `kubectl get nodes,pods --all-namespaces -o json`. Each milestone by the first object that reached it, or by the last one of those
 * that did, to the second, as Kubernetes keeps time.
 */
export function milestonesIn(json: string, which: 'first' | 'last' = 'first'): Mark[] {
	const {items} = JSON.parse(json) as {readonly items: readonly Told[]};
	return milestones.flatMap(({name, of, when}) => {
		const told = items.filter(({kind, metadata}) => of.test(`${kind} ${metadata.name}`)).flatMap((item) => when(item) ?? []);
		const times = told.map((time) => Date.parse(time));
		return told.length === 0 ? [] : [{name, at: which === 'first' ? Math.min(...times) : Math.max(...times)}];
	});
}

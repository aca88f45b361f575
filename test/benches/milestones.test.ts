import test from 'ava';
import {milestonesIn} from '../../hack/benches/milestones.ts';

const time = (second: number) => `2026-11-21T01:06:${second}Z`;
const item = (kind: string, name: string, made: number, ready?: number, started?: number) => ({
	kind,
	metadata: {name, creationTimestamp: time(made)},
	status: {
		conditions:
			ready === undefined
				? [{type: 'Ready', status: 'False', lastTransitionTime: time(made)}]
				: [{type: 'Ready', status: 'True', lastTransitionTime: time(ready)}],
		containerStatuses: [{state: started === undefined ? {} : {running: {startedAt: time(started)}}}],
	},
});

test('a milestone is when the first of its objects reached it, and none when none did', (t) => {
	const items = [
		item('Node', 'cp1', 10, 26),
		item('Pod', 'coredns-a', 21, 43, 42),
		item('Pod', 'coredns-b', 21, 38, 37),
		item('Pod', 'web', 20),
	];
	const seconds = milestonesIn(JSON.stringify({items})).map(({name, at}) => [name, new Date(at).getUTCSeconds()]);
	t.deepEqual(seconds, [
		['node registered', 10],
		['node Ready', 26],
		['CoreDNS runs', 37],
		['CoreDNS Ready', 38],
	]);
	const last = milestonesIn(JSON.stringify({items}), 'last').map(({name, at}) => [name, new Date(at).getUTCSeconds()]);
	t.deepEqual(last.slice(2), [
		['CoreDNS runs', 42],
		['CoreDNS Ready', 43],
	]);
});

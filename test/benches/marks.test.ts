import test from 'ava';
import {eventParts, marksIn, stretches} from '../../hack/benches/marks.ts';

const output = `mark begin 1795222714000
[init] mark nothing 1
mark kubeadm init 1795222721500
mark kubectl apply: flannel 1795222722000
`;

test('marks are lines of their own, with a name and a time', (t) => {
	t.deepEqual(marksIn(output), [
		{name: 'begin', at: 1795222714000},
		{name: 'kubeadm init', at: 1795222721500},
		{name: 'kubectl apply: flannel', at: 1795222722000},
	]);
});

test('a stretch lasts from a mark to the next', (t) => {
	t.deepEqual(stretches(marksIn(output)), [
		{name: 'kubeadm init', seconds: 7.5},
		{name: 'kubectl apply: flannel', seconds: 0.5},
	]);
	t.deepEqual(stretches([]), []);
});

const began = Date.parse('2026-11-21T00:00:00.000Z');
const event = (at: string, more: object) => JSON.stringify({time: `2026-11-21T00:00:${at}Z`, run: 'a', ...more});

test('events give what was before the survey, each phase, and what was after', (t) => {
	const summary = {
		ok: true,
		spent: [
			{node: 'cp1', phase: 'etcd', ms: 250},
			{node: 'cp2', phase: 'etcd', ms: 150},
		],
	};
	const events = [
		event('00.500', {type: 'run'}),
		event('01.500', {type: 'survey', ms: 300}),
		event('04.000', {type: 'summary', detail: summary}),
		'',
	];
	t.deepEqual(eventParts(events.join('\n'), began, began + 4100), [
		{name: 'start, connect', seconds: 1.2},
		{name: 'survey', seconds: 0.3},
		{name: 'etcd', seconds: 0.25},
		{name: 'end', seconds: 0.1},
	]);
	t.throws(() => eventParts(events[0]!, began, began), {message: /no survey/});
});

import test from 'ava';
import {strategicPatch} from '../../src/patches/strategic-patch.ts';

const pod = {
	metadata: {labels: {a: '1'}, finalizers: ['x']},
	spec: {
		containers: [
			{name: 'one', command: ['a', 'b'], env: [{name: 'A', value: '1'}], resources: {requests: {cpu: '1'}}},
			{name: 'two', image: 'i'},
		],
		volumes: [
			{name: 'v', hostPath: {path: '/v'}},
			{name: 'w', hostPath: {path: '/w'}},
		],
		tolerations: [{key: 'k'}],
	},
};
const [one, two] = pod.spec.containers;

const rows: readonly (readonly [string, unknown, unknown])[] = [
	['null removes a field', {metadata: {labels: {a: null}}}, {...pod, metadata: {...pod.metadata, labels: {}}}],
	[
		'items are found by their merge key, and merged',
		{spec: {containers: [{name: 'one', env: [{name: 'B', value: '2'}]}]}},
		{
			...pod,
			spec: {
				...pod.spec,
				containers: [
					{
						...one,
						env: [
							{name: 'B', value: '2'},
							{name: 'A', value: '1'},
						],
					},
					two,
				],
			},
		},
	],
	[
		'a list of plain values is replaced',
		{spec: {containers: [{name: 'one', command: ['c']}]}},
		{...pod, spec: {...pod.spec, containers: [{...one, command: ['c']}, two]}},
	],
	[
		'a list without a merge key is replaced',
		{spec: {tolerations: [{key: 'z'}]}},
		{...pod, spec: {...pod.spec, tolerations: [{key: 'z'}]}},
	],
	[
		'a new item stands where the order of the patch puts it',
		{spec: {volumes: [{name: 'n'}, {name: 'w', hostPath: {path: '/x'}}]}},
		{...pod, spec: {...pod.spec, volumes: [{name: 'n'}, pod.spec.volumes[0], {name: 'w', hostPath: {path: '/x'}}]}},
	],
	[
		'$patch: delete takes an item out',
		{spec: {volumes: [{name: 'v', $patch: 'delete'}]}},
		{...pod, spec: {...pod.spec, volumes: [pod.spec.volumes[1]]}},
	],
	[
		'$patch: replace takes a whole list',
		{spec: {volumes: [{$patch: 'replace'}, {name: 'z'}]}},
		{...pod, spec: {...pod.spec, volumes: [{name: 'z'}]}},
	],
	['$patch: replace takes a whole object', {metadata: {$patch: 'replace', name: 'n'}}, {...pod, metadata: {name: 'n'}}],
	[
		'$patch: delete empties an object',
		{spec: {containers: [{name: 'one', resources: {$patch: 'delete'}}]}},
		{...pod, spec: {...pod.spec, containers: [{...one, resources: {}}, two]}},
	],
	[
		'$retainKeys leaves nothing else',
		{metadata: {$retainKeys: ['labels'], labels: {b: '2'}}},
		{...pod, metadata: {labels: {a: '1', b: '2'}}},
	],
	['finalizers are united', {metadata: {finalizers: ['y']}}, {...pod, metadata: {...pod.metadata, finalizers: ['y', 'x']}}],
	[
		'$deleteFromPrimitiveList',
		{metadata: {'$deleteFromPrimitiveList/finalizers': ['x']}},
		{...pod, metadata: {...pod.metadata, finalizers: []}},
	],
	[
		'$setElementOrder',
		{spec: {'$setElementOrder/volumes': [{name: 'w'}, {name: 'v'}]}},
		{...pod, spec: {...pod.spec, volumes: [pod.spec.volumes[1], pod.spec.volumes[0]]}},
	],
	['directives do not get into new fields', {extra: {$patch: 'delete'}, more: {a: null, b: 1}}, {...pod, more: {b: 1}}],
];

for (const [title, patch, wanted] of rows) {
	test(title, (t) => {
		const before = structuredClone(pod);
		t.deepEqual(strategicPatch(pod, patch), wanted);
		t.deepEqual(pod, before, 'the target itself stays');
	});
}

test('refused: an item without its merge key', (t) => {
	t.throws(() => strategicPatch(pod, {spec: {containers: [{image: 'x'}]}}), {message: /no name/});
});

test('refused: an unknown directive', (t) => {
	t.throws(() => strategicPatch(pod, {spec: {$patch: 'upsert'}}), {message: /unknown \$patch "upsert"/});
});

import test from 'ava';
import {readMembers} from '../../src/survey/living-etcd.ts';
import {readConfigMap, readNodes} from '../../src/survey/living-nodes.ts';

// Beyond 2^53, where a number of JavaScript would be another id.
const [one, two, three] = ['10276657743932975437', '10276657743932975438', '9007199254740993'];
const member = (id: string, name: string, more = '') =>
	`{"ID":${id},"name":"${name}","peerURLs":["https://${name}:2380"],"clientURLs":["https://${name}:2379"]${more}}`;
const status = (id: string, leader: string, more = '') =>
	`{"Endpoint":"https://x:2379","Status":{"header":{"cluster_id":17237436991929493444,"member_id":${id},"revision":7,"raft_term":2},"version":"3.7.0","dbSize":4096,"leader":${leader},"raftIndex":18446744073709551615,"raftTerm":2${more}}}`;
const list = (...members: string[]) => `{"header":{"cluster_id":17237436991929493444},"members":[${members.join(',')}]}\n`;

test('ids of 64 bits come whole, and the leader is who says so itself', (t) => {
	const members = readMembers(
		list(member(two, 'cp2'), member(one, 'cp1'), member(three, 'cp3', ',"isLearner":true')),
		`[${status(one, two)},${status(two, two, ',"dbSizeInUse":1')},${status(three, '0', ',"errors":["etcdserver: no leader"]')}]`,
	);
	t.deepEqual(
		members.map(({id, name, learner, healthy, leader}) => [id, name, learner, healthy, leader]),
		[
			['8e9e05c52164694d', 'cp1', false, true, false],
			['8e9e05c52164694e', 'cp2', false, true, true],
			['20000000000001', 'cp3', true, false, false],
		],
	);
	t.deepEqual([members[0]?.version, members[0]?.dbSize, members[0]?.raftIndex], ['3.7.0', 4096, undefined]);
});

test('ids as text are the same ids', (t) => {
	t.is(readMembers(list(`{"ID":"${one}","name":"cp1"}`), 'null')[0]?.id, '8e9e05c52164694d');
});

test('who does not answer is listed; who has never started has no name and no client URL', (t) => {
	const members = readMembers(
		list(member(one, 'cp1'), `{"ID":${two},"peerURLs":["https://10.0.0.2:2380"],"isLearner":true}`),
		'null\n',
	);
	t.deepEqual(
		members.map(({name, peerUrls, clientUrls, learner, healthy}) => ({name, peerUrls, clientUrls, learner, healthy})),
		[
			{name: '', peerUrls: ['https://10.0.0.2:2380'], clientUrls: [], learner: true, healthy: false},
			{name: 'cp1', peerUrls: ['https://cp1:2380'], clientUrls: ['https://cp1:2379'], learner: false, healthy: false},
		],
	);
});

test('an alarm is that of the member that it names', (t) => {
	const alarm = `,"errors":["memberID:${two} alarm:NOSPACE "]`;
	const members = readMembers(
		list(member(one, 'cp1'), member(two, 'cp2')),
		`[${status(one, one, alarm)},${status(two, one, alarm)}]`,
	);
	t.deepEqual(
		members.map(({healthy}) => healthy),
		[true, false],
	);
});

const hostile: [title: string, read: () => unknown, says: RegExp][] = [
	['an id that is no number', () => readMembers('{"members":[{"ID":"ff"}]}', 'null'), /id of a member is no number/],
	['an id of more than 64 bits', () => readMembers('{"members":[{"ID":18446744073709551616}]}', 'null'), /no number/],
	['a fraction as id', () => readMembers('{"members":[{"ID":1.5}]}', 'null'), /no number/],
	['a list that is none', () => readMembers('[]', 'null'), /is no object/],
	['members that are no list', () => readMembers('{"members":{"length":1}}', 'null'), /members is no list/],
	['a name with an escape sequence', () => readMembers('{"members":[{"ID":1,"name":"\\u001b[2J"}]}', 'null'), /no line of text/],
	['a cut list', () => readMembers('{"members":[{"ID":1', 'null'), /is no JSON/],
	['an error instead of nodes', () => readNodes('{"kind":"Status","items":[]}'), /list of nodes is none/],
	['a page of nodes', () => readNodes('{"kind":"NodeList","metadata":{"continue":"abc"},"items":[]}'), /not whole/],
	['a node without a name', () => readNodes('{"kind":"NodeList","items":[{"__proto__":{"name":"x"}}]}'), /has no name/],
	[
		'a name without end',
		() => readNodes(JSON.stringify({kind: 'NodeList', items: [{metadata: {name: 'x'.repeat(254)}}]})),
		/no line/,
	],
	['a ConfigMap of numbers', () => readConfigMap('{"kind":"ConfigMap","data":{"a":1}}', 'kube-proxy'), /kube-proxy is no text/],
	['another kind', () => readConfigMap('{"kind":"Secret","data":{}}', 'kube-proxy'), /no ConfigMap/],
];
for (const [title, read, message] of hostile) test(title, (t) => void t.throws(read, {message}));

test('names of fields do no harm', (t) => {
	const text = '{"kind":"ConfigMap","data":{"__proto__":"x","toString":"y"},"__proto__":{"data":{}}}';
	const data = readConfigMap(text, 'kube-proxy');
	t.deepEqual(Object.entries(data), [
		['__proto__', 'x'],
		['toString', 'y'],
	]);
	t.is(Object.getPrototypeOf(data), Object.prototype);
	const [node] = readNodes(
		'{"kind":"NodeList","items":[{"metadata":{"name":"n","labels":{"__proto__":"x"}},"status":{"conditions":[null]}}]}',
	);
	t.false(node?.controlPlane);
});

test('a node as the API server shows it', (t) => {
	const item = {
		metadata: {name: 'cp1', uid: 'u1', labels: {'node-role.kubernetes.io/control-plane': ''}},
		spec: {unschedulable: true},
		status: {
			conditions: [
				{type: 'MemoryPressure', status: 'False'},
				{type: 'Ready', status: 'True'},
			],
			addresses: [
				{type: 'InternalIP', address: '10.0.0.1'},
				{type: 'Hostname', address: 'cp1'},
			],
			nodeInfo: {kubeletVersion: 'v1.37.1', containerRuntimeVersion: 'containerd://2.4.2'},
		},
	};
	t.deepEqual(readNodes(JSON.stringify({kind: 'NodeList', metadata: {resourceVersion: '1'}, items: [item]})), [
		{
			name: 'cp1',
			uid: 'u1',
			ready: true,
			unschedulable: true,
			controlPlane: true,
			addresses: ['10.0.0.1'],
			kubeletVersion: 'v1.37.1',
			runtime: 'containerd://2.4.2',
		},
	]);
});

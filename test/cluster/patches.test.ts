import test from 'ava';
import {type Entry, readPatches} from '../../src/cluster/patches.ts';
import {kubernetesVersion} from '../../src/versions.ts';

const {patchTargets} = kubernetesVersion('v1.37.1');

/** A folder in memory: paths and texts. */
function disk(files: Record<string, string>) {
	const list = (path: string): Entry[] => {
		const inside = Object.keys(files)
			.filter((file) => file.startsWith(`${path}/`))
			.map((file) => file.slice(path.length + 1).split('/'));
		if (inside.length === 0) throw new Error('no such folder');
		const names = new Map(inside.map(([name, ...rest]) => [name!, rest.length > 0]));
		return [...names].map(([name, folder]) => ({name, kind: folder ? 'folder' : 'file'}));
	};
	return {readFile: (path: string) => files[path]!, list};
}
const read = (files: Record<string, string>, targets = patchTargets) => readPatches('/p', targets, disk(files));

test('target, type and order come from the names, sub-folders included', (t) => {
	const {patches, problems} = read({
		'/p/kube-apiserver1+merge.yaml': 'a: 1',
		'/p/kube-apiserver.json': '{}',
		'/p/etcd/etcd0+json.yaml': '[]',
		'/p/kubeletconfiguration+strategic.yaml': 'a: 1',
		'/p/README.md': 'x',
		'/p/corednsdeployment.yaml': '',
	});
	t.deepEqual(problems, []);
	t.deepEqual(
		patches.map(({target, type}) => [target, type]),
		[
			['etcd', 'json'],
			['kube-apiserver', 'strategic'],
			['kube-apiserver', 'merge'],
			['kubeletconfiguration', 'strategic'],
		],
	);
});

test('a name that no target has is an error with a suggestion', (t) => {
	const [problem] = read({'/p/kube-apiserve.yaml': 'a: 1'}).problems;
	t.is(problem?.file, '/p/kube-apiserve.yaml');
	t.is(problem?.hint, 'did you mean kube-apiserver?');
	t.is(read({'/p/kubeproxydaemonset.yaml': 'a: 1'}, kubernetesVersion('v1.36.4').patchTargets).problems.length, 1);
});

test('unknown types, bad YAML and missing folders are problems', (t) => {
	t.regex(read({'/p/etcd+foo.yaml': 'a: 1'}).problems[0]?.message ?? '', /unknown patch type "foo"/);
	t.like(read({'/p/etcd.yaml': 'a: [\n'}).problems[0], {file: '/p/etcd.yaml'});
	t.regex(readPatches('/q', patchTargets, disk({})).problems[0]?.message ?? '', /cannot be read/);
});

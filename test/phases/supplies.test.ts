import test from 'ava';
import {lockOf, missingFromBundle, needsOf, unmet} from '../../src/artifacts/bundle/needs.ts';
import type {BundledImage, Lock, Scope, Step} from '../../src/model.ts';
import {supplied} from '../../src/narrow.ts';
import {withPackageFiles} from '../../src/packages/wanted.ts';
import {images, imagesOf} from '../../src/phases/images.ts';
import {packageSources} from '../../src/phases/package-sources.ts';
import {packages} from '../../src/phases/packages.ts';
import {apply, init, join} from '../../src/recipes.ts';
import {clusterOf, scopesOf} from './cluster.ts';

const nodes = [{name: 'cp1'}, {name: 'w1', role: 'worker' as const}];
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const image = (ref: string, platform = 'linux/amd64'): BundledImage => ({
	ref,
	platform,
	mediaType: 'application/vnd.oci.image.manifest.v1+json',
	manifest: digest('a'),
	config: digest('b'),
	layers: [digest('c'), digest('d'), digest('c')],
});
const sizes = {[digest('a')]: 1, [digest('b')]: 2, [digest('c')]: 3, [digest('d')]: 4};
const suppliesFor = (refs: readonly string[], platform?: string): Scope['supplies'] => ({
	images: Object.fromEntries(refs.map((ref) => [`${ref} ${platform ?? 'linux/amd64'}`, image(ref, platform)])),
	sizes,
});

test('from a bundle each image is imported before it is looked whether it has to be pulled', (t) => {
	const {cp1, w1} = scopesOf(nodes);
	for (const scope of [cp1!, w1!]) {
		const refs = imagesOf(scope.cluster, scope.site.role);
		const steps = images.steps({...scope, supplies: suppliesFor(refs)!});
		t.deepEqual(
			steps.map((step) => (step.kind === 'import' || step.kind === 'image' ? [step.kind, step.ref] : [])),
			[...refs.map((ref) => ['import', ref]), ...refs.map((ref) => ['image', ref])],
		);
		const [first] = steps;
		t.like(first, {kind: 'import', config: digest('b')});
		t.deepEqual(
			first?.kind === 'import' ? first.blobs : [],
			['a', 'b', 'c', 'd'].map((letter, index) => ({sha256: letter.repeat(64), size: index + 1})),
			'each blob once',
		);
		t.deepEqual(
			first?.kind === 'import' ? JSON.parse(`[${first.manifests}]`).map((one: {annotations: object}) => one.annotations) : [],
			[refs[0], `${refs[0]!.replace(/:[^:]+$/, '')}@${digest('a')}`].map((name) => ({'io.containerd.image.name': name})),
		);
	}
	const refs = imagesOf(cp1!.cluster, 'control-plane');
	t.throws(() => images.steps({...cp1!, supplies: suppliesFor(refs, 'linux/arm64')!}), {
		message: /has no image .* for linux\/amd64/,
	});
});

test('no kubelet starts before the images are there, where they cannot be pulled', (t) => {
	for (const recipe of [init, apply, join]) {
		const needs = (one: typeof recipe) => one.phases.find(({name}) => name === 'kubelet-start')?.needs ?? [];
		t.deepEqual(needs(supplied(recipe)), ['images']);
		t.deepEqual(needs(recipe), []);
		t.deepEqual(
			supplied(recipe).phases.map(({name}) => name),
			recipe.phases.map(({name}) => name),
		);
	}
});

const spec = '  runtime: {source: packages, package: containerd.io}\n  kubernetes: {source: packages}\n';
const debian = {id: 'debian', idLike: [], versionId: '12', pretty: 'Debian GNU/Linux 12', codename: 'bookworm'};
const file = (version: string) => ({version, sha256: 'e'.repeat(64), size: 5, from: `pool/${version}.deb`});
const locked: Lock['packages'] = {
	kubernetes: {
		repository: 'core/stable/v1.37/deb',
		fingerprint: 'D'.repeat(40),
		files: {
			...Object.fromEntries(
				['kubelet', 'kubeadm', 'kubectl', 'cri-tools', 'cut'].map((name) => [`${name}/amd64`, file('1.37.1-1.1')]),
			),
			'kubernetes-cni/all': file('1.9.1-1.1'),
		},
	},
	docker: {
		repository: 'linux/debian/dists/bookworm/stable',
		fingerprint: 'D'.repeat(40),
		files: {'containerd.io/amd64': file('2.4.2-1')},
	},
};

test('packages of a bundle are laid down as files and installed from there; no source, no key, no tool of the distribution', (t) => {
	const {cp1} = scopesOf([{name: 'cp1', facts: {os: debian}}], {spec});
	const lock = withPackageFiles({...cp1!.lock, packages: locked});
	const scope = {...cp1!, lock, supplies: suppliesFor([])!};
	t.deepEqual(packageSources.steps(scope), []);
	const steps = packages.steps(scope);
	const fetched = steps.flatMap((step: Step) => (step.kind === 'fetch' ? [[step.artifact, step.path]] : []));
	t.is(fetched.length, 6);
	t.deepEqual(fetched[4], ['packages/kubernetes/kubernetes-cni/all', '/var/lib/kubestrap/packages/kubernetes-cni.deb']);
	for (const [artifact] of fetched) t.truthy(lock.binaries[artifact!]);
	t.like(steps.at(-1), {kind: 'package', from: '/var/lib/kubestrap/packages', sources: [], hold: true});
});

test('a bundle needs the packages that the config asks for, each once, and its lock has no others', (t) => {
	const {cluster} = clusterOf(nodes, {spec});
	const needs = needsOf(cluster, ['linux/amd64']);
	t.deepEqual(needs.binaries, []);
	const lock: Lock = {binaries: {}, images: {}, packages: locked, madeBy: '', madeAt: ''};
	t.deepEqual(
		unmet(lock, {...needs, images: []}).map(({message}) => message),
		[],
	);
	t.deepEqual(
		unmet({...lock, packages: {}}, {...needs, images: []}).map(({message}) => message)[0],
		'the lock has no package kubelet (kubernetes, amd64)',
	);
	const own = lockOf(lock, {...needs, images: []});
	t.deepEqual(Object.keys(own.packages!.kubernetes!.files), [
		'kubelet/amd64',
		'kubeadm/amd64',
		'kubectl/amd64',
		'cri-tools/amd64',
		'kubernetes-cni/all',
	]);
	const contents = {
		format: 1,
		madeBy: 'x',
		kubernetesVersion: 'v1.37.1',
		platforms: ['linux/amd64'],
		blobs: {},
		absent: [],
		artifacts: [{kind: 'package', key: 'kubernetes/kubernetes-cni/all', digest: digest('e')}],
	} as const;
	const missing = missingFromBundle(contents, {...needs, images: []}).map(({message}) => message);
	t.is(missing.length, 5);
	t.true(missing.includes('the bundle has no package docker/containerd.io/amd64'));
	t.false(missing.some((message) => message.includes('kubernetes-cni')));
});

import test from 'ava';
import {lastResort, underOwnNames} from '../../src/contract/image-places.ts';
import type {LockedImage, Scope} from '../../src/model.ts';
import {images} from '../../src/phases/images.ts';
import {imagesPull} from '../../src/recipes.ts';
import {scopesOf} from './cluster.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const locked = (from: readonly string[]): LockedImage => ({
	platform: 'linux/amd64',
	digest: digest('d'),
	config: digest('c'),
	diffIDs: [digest('f')],
	from,
});
const coredns = 'registry.k8s.io/coredns/coredns:v1';
const mirror = {images: {'registry.k8s.io': ['http://10.0.0.9:5001/flat', 'https://m.example']}, insecure: []};

test('a runtime without mirrors asks each mirror under its own names, those of the lock first, upstream last', (t) => {
	t.deepEqual(underOwnNames(coredns, {images: {}}, mirror), [
		'10.0.0.9:5001/flat/coredns/coredns:v1',
		'10.0.0.9:5001/flat/coredns:v1',
		'm.example/coredns/coredns:v1',
		'm.example/coredns:v1',
	]);
	const own = `10.0.0.9:5001/flat/coredns:v1@${digest('e')}`;
	const from = underOwnNames(coredns, {images: {[coredns]: locked([coredns, own])}}, mirror);
	t.is(from?.[0], own);
	t.is(from?.at(-1), coredns);
	t.is(from?.length, 5);
});

test('a mirror that lies does not hide those behind it: each is asked under its own name after all else', (t) => {
	const own = `10.0.0.9:5001/flat/coredns:v1@${digest('e')}`;
	t.deepEqual(lastResort(coredns, {images: {[coredns]: locked([own, coredns])}}, mirror), [
		own,
		coredns,
		'10.0.0.9:5001/flat/coredns/coredns:v1',
		'm.example/coredns/coredns:v1',
		'm.example/coredns:v1',
	]);
	t.is(lastResort(coredns, {images: {}}, mirror)?.[0], coredns);
	t.is(lastResort('ghcr.io/a:1', {images: {}}, mirror), undefined);
});

test('who asks for a pull gets one, whatever the kubelet’s policy is; a runtime without mirrors is told of none', (t) => {
	const {w1} = scopesOf([{name: 'cp1'}, {name: 'w1', role: 'worker'}], {
		spec: '  mirror: {images: {registry.k8s.io: ["https://m.example"]}}\n',
		documents: '---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration: {imagePullPolicy: Never}\n',
	});
	const scope = w1 as Scope;
	t.deepEqual(images.steps(scope), []);
	const steps = (retag: boolean) => imagesPull({retag}).phases.flatMap((phase) => phase.steps(scope));
	t.deepEqual([...new Set(steps(true).map(({kind}) => kind))], ['image']);
	t.true(steps(true).every((step) => step.kind === 'image' && step.from !== undefined));
	t.deepEqual([...new Set(steps(false).map(({kind}) => kind))], ['dir', 'file', 'image']);
	t.true(steps(false).every((step) => step.kind !== 'image' || step.from === undefined));
});

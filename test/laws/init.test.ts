/** What holds for the whole recipe, whatever cluster it makes. A new phase is judged by them without a line of its own. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {selected} from '../../src/cluster/selectors.ts';
import type {Plan, Step} from '../../src/model.ts';
import {narrow} from '../../src/narrow.ts';
import {plan} from '../../src/plan.ts';
import {init} from '../../src/recipes.ts';
import {compile} from '../../src/steps/compile.ts';
import {secretsOf} from '../../src/steps/content.ts';
import {scopesOf} from '../phases/cluster.ts';
import {wholeLock} from './lock.ts';

const root = join(import.meta.dirname, '..', '..');
const clusters = {
	single: [{name: 'cp1'}],
	'1+1': [{name: 'cp1'}, {name: 'w1', role: 'worker' as const}],
	'3+2': [
		{name: 'cp1'},
		{name: 'cp2'},
		{name: 'cp3'},
		{name: 'w1', role: 'worker' as const},
		{name: 'w2', role: 'worker' as const},
	],
};

for (const [title, nodes] of Object.entries(clusters)) {
	const scopes = scopesOf(nodes);
	const scope = Object.values(scopes)[0]!;
	const planned = plan(init, scope);
	const steps = planned.nodes.flatMap(({node, chapters}) =>
		chapters.flatMap((chapter) =>
			chapter.phases.flatMap((phase) => phase.steps.map((step) => ({node, phase: phase.name, step}))),
		),
	);

	test(`${title}: every phase is selected somewhere, and its name is its own`, (t) => {
		const names = init.phases.map(({name}) => name);
		t.deepEqual(names, [...new Set(names)]);
		t.deepEqual(
			init.phases
				.filter(({on}) => selected(scope.sites, on).length === 0 && (on !== 'worker' || nodes.some((node) => 'role' in node)))
				.map(({name}) => name),
			[],
		);
	});

	test(`${title}: a plan is a value: it survives JSON, and is the same twice`, (t) => {
		t.deepEqual(JSON.parse(JSON.stringify(planned)) as Plan, planned);
		t.deepEqual(plan(init, scope), planned);
	});

	test(`${title}: no node lays down what an authority signed before the authority is laid down`, (t) => {
		const others = planned.nodes.filter(({node}) => node !== 'cp1');
		t.is(others.length, nodes.length - 1);
		for (const {node, chapters} of others) {
			const first = chapters.findIndex(({phases}) =>
				phases.some((phase) => phase.steps.some((step) => secretsOf(step).length > 0)),
			);
			const awaited = chapters.slice(0, first + 1).flatMap(({awaits}) => awaits.map((pair) => `${pair.node}/${pair.phase}`));
			t.true(awaited.includes('cp1/authorities'), node);
		}
	});

	test(`${title}: a path has one owner on a node`, (t) => {
		const written = steps.flatMap(({node, step}) =>
			step.kind === 'file' || step.kind === 'link' ? [`${node} ${step.path}`] : [],
		);
		t.deepEqual(
			written.filter((path, index) => written.indexOf(path) !== index),
			[],
		);
	});

	test(`${title}: private keys and kubeconfigs are for root alone`, (t) => {
		const secret = steps.flatMap(({step}) => (step.kind === 'file' && secretsOf(step).some(isPrivate) ? [step] : []));
		t.true(secret.length > 0);
		t.deepEqual(
			secret.filter(({mode}) => mode !== '0600').map(({path}) => path),
			[],
		);
	});

	test(`${title}: no secret is in a command, and every program compiles to the same text twice`, (t) => {
		const commands = steps.flatMap(({step}) => (step.kind === 'run' || step.kind === 'wait' ? [JSON.stringify(step)] : []));
		t.false(commands.some((command) => command.includes('"secret"')));
		for (const {chapters} of planned.nodes) {
			for (const chapter of chapters) {
				const context = {lock: wholeLock(scope), urls: () => [], criSocket: scope.cluster.registration.criSocket};
				t.is(compile(chapter, context).text, compile(chapter, context).text);
			}
		}
	});
}

const isPrivate = (secret: string) => /\.key(@|$)|\.pem(@|$)|^bootstrap-token(\.secret)?$/.test(secret);

test('every template is used', (t) => {
	const templates = readdirSync(join(root, 'templates'), {recursive: true, encoding: 'utf8'})
		.filter((name) => name.endsWith('.hbs'))
		.map((name) => name.replace(/\.hbs$/, ''));
	const sources = readdirSync(join(root, 'src'), {recursive: true, encoding: 'utf8'})
		.filter((name) => name.endsWith('.ts'))
		.map((name) => readFileSync(join(root, 'src', name), 'utf8'))
		.join('\n');
	const unused = templates.filter((name) => !sources.includes(`'${name}'`) && !sources.includes(`'${name.split('/').at(-1)}'`));
	t.deepEqual(unused, []);
});

test('a phase that does not exist is refused with the names of those that do', (t) => {
	t.throws(() => narrow(init, {skip: ['runtim']}), {message: /runtim is no phase of init.*runtime/s});
	t.deepEqual(
		narrow(init, {only: ['swap', 'kernel']}).phases.map(({name}) => name),
		['swap', 'kernel'],
	);
});

test('a run step always has a guard', (t) => {
	const scope = Object.values(scopesOf(clusters['1+1']))[0]!;
	const runs = plan(init, scope).nodes.flatMap(({chapters}) =>
		chapters.flatMap(({phases}) =>
			phases.flatMap((phase) => phase.steps.filter((step): step is Extract<Step, {kind: 'run'}> => step.kind === 'run')),
		),
	);
	t.deepEqual(
		runs.filter(({unless}) => unless === 'never').map(({title}) => title),
		[],
	);
});

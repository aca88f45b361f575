/** A few of the inputs that `hack/fuzz` tries by the million, others with each run of it. */
import test from 'ava';
import * as z from 'zod';
import {load} from '../../src/cluster/load.ts';
import {clusterDocument} from '../../src/cluster/schema.ts';
import {fuzzAnswers, honestFrames} from './answers.ts';
import {fuzzConfig, nowhere} from './config.ts';
import {Evaluation} from './evaluate.ts';
import {configs, fields, write} from './fields.ts';
import {fuzzValues} from './values.ts';

test('the config files that fuzzing begins with are right', (t) => {
	for (const config of configs) t.notThrows(() => load(write(config), nowhere));
});

test('every field of the schema has hostile values put into it', (t) => {
	const known = new Set(fields.map(({name}) => name.replaceAll(/\.\d+/g, '').replace(' (key)', '')));
	const has = (path: string) => [...known].some((name) => name === `Cluster.${path}` || name.startsWith(`Cluster.${path}.`));
	const all = paths(z.toJSONSchema(clusterDocument, {io: 'input'}) as Schema);
	const missing = all.filter((path) => !['apiVersion', 'kind'].includes(path) && !has(path));
	// The folder of an authority is read at load, and there is no disk here.
	t.deepEqual(missing, ['spec.mirror.ca']);
});

test('whatever a config says, it is a cluster or problems with their places', (t) => {
	const {faults, accepted, inputs} = fuzzConfig('quick', 0, 300);
	t.deepEqual(faults, []);
	t.true(accepted > 0 && accepted < inputs);
});

test('a value of a config is data for every program', (t) => {
	const {faults, accepted} = fuzzValues('quick', 0, fields.length);
	t.deepEqual(faults, []);
	t.true(accepted > 10);
});

test('whatever a machine answers, it is understood or refused, and nothing of it runs', async (t) => {
	const {faults, understood} = await fuzzAnswers('quick', 0, 60, await honestFrames());
	t.deepEqual(faults, []);
	t.true(understood > 5);
});

test('a value that is not quoted is found', (t) => {
	const evaluation = new Evaluation();
	const program = (line: string) => `step() {\n:\n}\nahead() {\n\t:\n}\nphase_0() {\n\t${line}\n}\n\nwalk() {\n:\n}\n`;
	evaluation.add(1, program("step 0 'a b' c"));
	evaluation.add(2, program(`step 0 $(touch ${evaluation.canary})`));
	evaluation.add(3, program("step 0 'a"));
	evaluation.add(4, program('step 0; touch here'));
	t.deepEqual(evaluation.end(), [2, 3, 4]);
});

type Schema = {readonly properties?: Record<string, Schema>; readonly items?: Schema; readonly anyOf?: Schema[]};

/** Every key that the schema has, with dots. */
function paths(schema: Schema): string[] {
	const below = [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])].flatMap(paths);
	const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
		const deeper = paths(value);
		return deeper.length === 0 ? [key] : deeper.map((path) => `${key}.${path}`);
	});
	return [...own, ...below];
}

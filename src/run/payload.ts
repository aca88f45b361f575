import type {Secrets} from '../model.ts';
import type {Program} from '../steps/compile.ts';
import {filled, secretsOf} from '../steps/content.ts';
import {frame} from './frames.ts';

/** A program with its files, secrets in their places, and what cluster.json is to say: one frame for a node's stdin. */
export async function payloadOf(program: Program, record: string, secrets: Secrets): Promise<Buffer> {
	const ids = [...new Set(program.steps.flatMap(({step}) => secretsOf(step)))];
	const values = new Map(await Promise.all(ids.map(async (id) => [id, await secrets.get(id)] as const)));
	const files = program.files.map(({name, content}) => ({name, bytes: filled(content, values)}));
	return frame([{name: 'program', bytes: Buffer.from(program.text)}, {name: 'f.cluster', bytes: Buffer.from(record)}, ...files]);
}

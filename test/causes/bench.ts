/** A living cluster of one control plane and one worker that is broken and mended again and again. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {evidenceScript} from '../../src/checks/causes.ts';
import type {Failure} from '../../src/model.ts';
import {type Run, Stage} from '../e2e/stage.ts';
import {heal, keep, tidy} from './heal.ts';
import {kit, type Row} from './row.ts';

/** What kubestrap said of a broken cluster. */
export type Said = {readonly run: Run; readonly failure: Failure | undefined; readonly waited: number};

/** Seconds that a wait has here where the cause is not certain; a certain one has kubeadm's four minutes, and must not need them. */
const short = 20;
const long = 240;

export class Bench {
	readonly stage: Stage;

	private constructor(stage: Stage) {
		this.stage = stage;
	}

	static async open(): Promise<Bench> {
		const bench = new Bench(await Stage.open({name: 'cause', workers: 1}));
		const {stage} = bench;
		const made = await stage.init().done;
		if (made.code !== 0) throw new Error(`the cluster was not made: ${made.stderr}`);
		await Promise.all(stage.lab.nodes.map(({name}) => stage.ssh(name, keep)));
		return bench;
	}

	/** Breaks what the row says, runs the phase that waits, and mends it again. */
	async try(row: Row): Promise<Said> {
		for (const [node, sh] of row.inject) await this.stage.ssh(node, `${kit}${sh}`);
		try {
			return await this.#run(row);
		} finally {
			await this.#mend(row);
		}
	}

	async #run({phase, verb = 'init', config = (text) => text, early, seconds = early ? long : short, id}: Row): Promise<Said> {
		const deadline = `---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ntimeouts: {controlPlaneComponentHealthCheck: ${seconds}s}\n`;
		const file = this.stage.config((text) => `${config(text)}${deadline}`);
		const args = [verb, '-c', file, '--only-phases', phase, '--ignore-preflight-errors', 'all'];
		const run = await this.stage.kubestrap(args);
		const step = run.events.findLast(({type, state}) => type === 'step' && state !== undefined && state !== 'started');
		const failures = (run.summary as {failures?: readonly Failure[]}).failures ?? [];
		await this.#raw(id, failures);
		return {run, failure: failures.find((failure) => failure.phase === phase), waited: (step?.ms ?? 0) / 1000};
	}

	async #mend({mend = [], inject, anew = inject.map(([node]) => node)}: Row): Promise<void> {
		const nodes = this.stage.lab.nodes.map(({name}) => name as 'cp1' | 'w1');
		await Promise.all(nodes.map((name) => this.stage.ssh(name, anew.includes(name) ? heal : tidy)));
		for (const [node, sh] of mend) await this.stage.ssh(node, `${kit}${sh}`);
	}

	/** For whoever writes a new row: everything that the nodes said, in a folder of his. */
	async #raw(id: string, failures: readonly Failure[]): Promise<void> {
		const folder = process.env.KUBESTRAP_RAW;
		if (folder === undefined) return;
		writeFileSync(join(folder, `${id}.json`), JSON.stringify(failures, null, '\t'));
		const look = async ({name}: {name: string}) =>
			writeFileSync(join(folder, `${id}.${name}.txt`), await this.stage.ssh(name, evidenceScript));
		await Promise.all(this.stage.lab.nodes.map(look));
	}

	close(): Promise<void> {
		return this.stage.close();
	}
}

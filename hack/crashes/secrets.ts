/** No secret of any cluster that lived here was in an argument, an environment, a log, an event or a report. */
import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {Worker} from 'node:worker_threads';
import {gunzipSync} from 'node:zlib';
import type {Stage} from '../../test/e2e/stage.ts';

const keys = `for key in /etc/kubernetes/pki/*.key /etc/kubernetes/pki/etcd/*.key /var/lib/kubelet/pki/*.pem; do sed -n '/PRIVATE KEY/,$ { /PRIVATE KEY/! p }' "$key" 2>/dev/null | sed -n 2p; done
[ ! -e /etc/kubernetes/admin.conf ] || KUBECACHEDIR=/tmp/crash-cache kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token -o go-template='{{range .items}}{{index .data "token-secret"}}{{"\\n"}}{{end}}' 2>/dev/null
:`;

/** The archive of `kubestrap bugreport`, unpacked as far as its texts can be read. */
async function reportOf(stage: Stage, names: readonly string[], config: string): Promise<string> {
	const file = join(stage.folder, 'bugreport.tar.gz');
	rmSync(file, {force: true});
	const {code, stderr} = await stage.kubestrap(['bugreport', '-c', config, '--output-file', file]);
	if (code !== 0) throw new Error(`bugreport: exit ${code}: ${stderr}`);
	const text = gunzipSync(readFileSync(file)).toString('latin1');
	const silent = names.filter((name) => !text.includes(`bugreport/nodes/${name}/`));
	if (silent.length > 0) throw new Error(`the bug report tells nothing of ${silent.join(', ')}`);
	return text;
}

export class Canaries {
	readonly #canaries = new Set<string>();
	readonly #found = new Set<string>();
	readonly #worker = new Worker(new URL('./sampler.ts', import.meta.url));
	#printed: string[] = [];

	/** What the product printed. Kept until the secrets are known. */
	heard(text: string): void {
		this.#printed.push(text);
	}

	/** Reads the secrets of a cluster that lives, and looks for them in all that was printed and logged until now, and in a bug report of it. */
	async look(stage: Stage, names: readonly string[], config: string): Promise<void> {
		const texts = await Promise.all(names.map((name) => stage.ssh(name, keys)));
		for (const line of texts
			.join('\n')
			.split('\n')
			.map((one) => one.trim())) {
			if (line.length < 12) continue;
			this.#canaries.add(line);
			if (line.length < 30) this.#canaries.add(Buffer.from(line, 'base64').toString());
		}
		const logs = join(stage.folder, 'state', 'kubestrap', 'logs');
		const files = existsSync(logs) ? readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8')) : [];
		const journals = await Promise.all(names.map((name) => stage.ssh(name, 'journalctl --no-pager --output=cat')));
		const records = await Promise.all(
			names.map((name) => stage.ssh(name, 'cat /var/lib/kubestrap/*.ndjson /var/lib/kubestrap/cluster.json')),
		);
		this.#search('what was printed', this.#printed);
		this.#search('a bug report', [await reportOf(stage, names, config)]);
		this.#search('a log file', files);
		this.#search('the journal of a node', journals);
		this.#search('the record of a node', records);
		this.#printed = [];
	}

	#search(where: string, texts: readonly string[]): void {
		for (const canary of this.#canaries)
			if (texts.some((text) => text.includes(canary))) this.#found.add(`${where}: ${canary.slice(0, 6)}…`);
	}

	/** Ends the sampling; what was found, and how much was looked at. */
	async end(): Promise<{readonly found: readonly string[]; readonly canaries: number; readonly processes: number}> {
		const answer = new Promise<{found: readonly string[]; processes: number}>((resolve, reject) => {
			this.#worker.once('message', resolve).once('error', reject);
		});
		this.#worker.postMessage([...this.#canaries]);
		const {found, processes} = await answer;
		await this.#worker.terminate();
		return {found: [...this.#found, ...found], canaries: this.#canaries.size, processes};
	}
}

/** Images of a layout into the runtimes of nodes, over SSH: only those that a node lacks, and proved to be there afterwards. */

import {resolveImage} from '../artifacts/copy-resolve.ts';
import type {Layout} from '../artifacts/layout/open.ts';
import {type LaidImage, layoutSize, layoutTar} from '../artifacts/layout/write.ts';
import {lockFor} from '../artifacts/lock.ts';
import {imageOf} from '../artifacts/registry/manifest.ts';
import {printable} from '../checks/printable.ts';
import {ConnectError, StepError} from '../errors.ts';
import type {Host, Hosts, Lock, Tell} from '../model.ts';

export type LoadOptions = {
	readonly criSocket: string;
	readonly lock?: Lock | undefined;
	readonly tell: Tell;
	readonly signal: AbortSignal;
};

/** What became of a node: how many images it got, how many it had. */
export type Loaded = {
	readonly node: string;
	readonly loaded: number;
	readonly present: number;
	readonly bytes: number;
	readonly ms: number;
};
export type Unloaded = {readonly node: string; readonly error: StepError | ConnectError};

/** `$1` socket of the runtime: the machine's architecture, then lines `NAME:TAG ID` as the runtime knows them. */
const seeScript = `uname -m
crictl -r "$1" images --no-trunc | while read -r ref tag id rest; do echo "$ref:$tag $id"; done`;
/** `$1` socket, then names: pinned, because the kubelet would delete an image that nobody runs when the disk gets full. */
const importScript = `runtime=\${1#unix://}
shift
ctr -a "$runtime" -n k8s.io images import - >/dev/null || exit
for ref; do ctr -a "$runtime" -n k8s.io images label "$ref" io.cri-containerd.pinned=pinned >/dev/null || exit; done`;
/** `$1` socket, then lines `NAME:TAG ID` that must come to be: the runtime's own list follows imports a moment later. */
const awaitScript = `socket=$1
shift
tries=0
for line; do
	until crictl -r "$socket" images --no-trunc | while read -r ref tag id rest; do echo "$ref:$tag $id"; done | grep -Fqx -e "$line"; do
		tries=$((tries + 1))
		[ $tries -lt 50 ] || { echo "$line" >&2; exit 1; }
		sleep 0.1
	done
done`;
const archs: Readonly<Record<string, string>> = {x86_64: 'amd64', aarch64: 'arm64'};

/** All nodes at once; one that fails leaves the others alone. Rejects with the signal's reason only. */
export async function loadImages(layout: Layout, hosts: Hosts, options: LoadOptions): Promise<(Loaded | Unloaded)[]> {
	return Promise.all(
		[...hosts].map(async ([node, host]) => {
			const about = {node, phase: 'images'};
			const began = performance.now();
			const ms = () => Math.round(performance.now() - began);
			options.tell({type: 'phase', ...about, state: 'started'});
			try {
				const done = await loadOne(layout, host, node, options);
				for (const [state, count] of [
					['changed', done.loaded],
					['unchanged', done.present],
				] as const)
					for (let left = count; left > 0; left--) options.tell({type: 'step', ...about, step: 'load an image', state});
				options.tell({type: 'phase', ...about, state: done.loaded > 0 ? 'changed' : 'unchanged', ms: ms()});
				return {node, ...done, ms: ms()};
			} catch (error) {
				options.signal.throwIfAborted();
				if (!(error instanceof StepError || error instanceof ConnectError)) throw error;
				options.tell({type: 'phase', ...about, state: 'failed', ms: ms()});
				return {node, error};
			}
		}),
	);
}

async function loadOne(layout: Layout, host: Host, node: string, {criSocket, lock, tell, signal}: LoadOptions) {
	const run = async (script: string, args: readonly string[], stdin?: AsyncIterable<Uint8Array>) => {
		const argv = ['sh', '-c', script, 'sh', criSocket, ...args];
		const {code, stdout, stderr} = await host.exec(argv, {deadline: stdin ? 3_600_000 : 60_000, signal, ...(stdin && {stdin})});
		if (code === 0) return stdout;
		const hint = 'is containerd there, and running? `kubestrap init` and `kubestrap images pull` put it there';
		throw new StepError(`${node}: the runtime at ${criSocket} did not take the images (exit ${code}): ${printable(stderr)}`, {
			hint,
		});
	};
	const [machine = '', ...have] = (await run(seeScript, [])).split('\n');
	const arch = archs[machine];
	if (arch === undefined) throw new StepError(`${node} is ${printable(machine)}: no image of Kubernetes runs there`);
	const images = await forPlatform(layout, `linux/${arch}`, lock);
	const missing = images.filter(({line}) => !have.includes(line));
	const present = images.length - missing.length;
	if (missing.length === 0) return {loaded: 0, present, bytes: 0};
	const laid = missing.map(({image}) => image);
	const total = layoutSize(laid);
	const report = (done: number) => tell({type: 'progress', node, phase: 'images', detail: {done, total, unit: 'bytes'}});
	await run(
		importScript,
		laid.map(({name}) => name),
		counted(
			layoutTar(laid, (name, blob) => layout.blob(name, blob)),
			report,
		),
	);
	await run(
		awaitScript,
		missing.map(({line}) => line),
	).catch((error: unknown) => {
		if (error instanceof StepError)
			throw new StepError(`${node}: imported, but the runtime does not have it as it should be: ${error.message}`, {
				hint: error.hint,
			});
		throw error;
	});
	return {loaded: missing.length, present, bytes: total};
}

/** The images for a platform, each with the line by which the runtime has it. Throws StepError for one that is not the lock's. */
async function forPlatform(layout: Layout, platform: string, lock: Lock | undefined) {
	const locked = lock === undefined ? {} : lockFor(lock, platform.replace('linux/', '')).images;
	return Promise.all(
		layout.names.map(async (name) => {
			const resolved = await resolveImage(layout, name, [platform], {locked: locked[name]});
			const image: LaidImage = {name, resolved};
			return {image, line: `${name} ${imageOf(resolved.top).config.digest}`};
		}),
	);
}

async function* counted(stream: AsyncIterable<Buffer>, tell: (done: number) => void): AsyncGenerator<Buffer> {
	let done = 0;
	let told = 0;
	for await (const chunk of stream) {
		yield chunk;
		done += chunk.length;
		if (performance.now() - told < 250) continue;
		told = performance.now();
		tell(done);
	}
}

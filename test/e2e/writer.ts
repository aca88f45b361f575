/** Writes to etcd without a pause while something else is changed, and knows what etcd has acknowledged: none of it may be lost. */
import type {Stage} from './stage.ts';

export type Written = {
	readonly acknowledged: number;
	/** Keys that etcd said it has, and has not, or with another value. */
	readonly lost: readonly string[];
	/** Writes that were not acknowledged: nothing is promised about them. */
	readonly refused: number;
	/** The longest time without an acknowledged write. */
	readonly longestGapMs: number;
};

const etcd = `pki=/etc/kubernetes/pki/etcd
pod() { crictl ps --state running --name '^etcd$' --quiet 2>/dev/null | head -n 1; }
etcd() { crictl exec "$(pod)" etcdctl --endpoints="$endpoints" --cacert=$pki/ca.crt --cert=$pki/healthcheck-client.crt \\
	--key=$pki/healthcheck-client.key --command-timeout=5s "$@"; }
`;

/** Each acknowledged key has its number as value, and is noted with the time in ms after etcd has said so. */
const loop = `${etcd}
rm -f /run/writer.*
: >/run/writer.began
number=0
until [ -e /run/writer.stop ]; do
	number=$((number + 1))
	if etcd put "/kubestrap-test/$number" "$number" >/dev/null 2>&1; then echo "ok $number $(date +%s%3N)"; else echo "no $number $(date +%s%3N)"; fi
done`;

const read = `${etcd}
etcd get --prefix /kubestrap-test/ --write-out=simple | paste - - && etcd del --prefix /kubestrap-test/ >/dev/null`;

export class Writer {
	readonly #stage: Stage;
	readonly #node: string;
	readonly #endpoints: string;
	readonly #said: Promise<string>;

	/** Begins on a control plane that stays, and writes through the members of all of `planes`. Resolves when it is at work. */
	static async start(stage: Stage, node: string, planes: readonly string[]): Promise<Writer> {
		const writer = new Writer(stage, node, planes);
		await stage.ssh(node, 'until [ -e /run/writer.began ]; do sleep 0.1; done');
		return writer;
	}

	private constructor(stage: Stage, node: string, planes: readonly string[]) {
		const addresses = stage.lab.nodes.filter(({name}) => planes.includes(name)).map(({address}) => `https://${address}:2379`);
		this.#stage = stage;
		this.#node = node;
		this.#endpoints = `endpoints=${addresses.join(',')}\n`;
		this.#said = stage.ssh(node, this.#endpoints + loop);
		this.#said.catch(() => {});
	}

	/** Ends the writing and compares what was acknowledged with what is there, as `planes` that are left show it. */
	async stop(planes: readonly string[]): Promise<Written> {
		await this.#stage.ssh(this.#node, 'touch /run/writer.stop');
		const lines = (await this.#said)
			.trim()
			.split('\n')
			.map((line) => line.split(' '));
		const left = this.#stage.lab.nodes.filter(({name}) => planes.includes(name)).map(({address}) => `https://${address}:2379`);
		const there = new Map(
			(await this.#stage.ssh(this.#node, `endpoints=${left.join(',')}\n${read}`))
				.trim()
				.split('\n')
				.map((line) => line.split('\t') as [string, string]),
		);
		const acknowledged = lines.filter(([word]) => word === 'ok');
		const times = acknowledged.map(([, , time]) => Number(time));
		return {
			acknowledged: acknowledged.length,
			lost: acknowledged.flatMap(([, number = '']) => (there.get(`/kubestrap-test/${number}`) === number ? [] : [number])),
			refused: lines.length - acknowledged.length,
			longestGapMs: Math.max(0, ...times.slice(1).map((time, at) => time - times[at]!)),
		};
	}
}

/** Go's durations (`8760h`, `1h30m`, `4m0s`), as kubeadm's configuration has them. */

const seconds: Readonly<Record<string, number>> = {h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9};
const part = '\\d{1,12}(?:\\.\\d{1,9})?(?:h|ms|m|s|us|µs|ns)';
const whole = new RegExp(`^(?:0|(?:${part})+)$`);

/** Seconds of a duration; undefined for anything else. Negative ones are nothing that a configuration could mean. */
export function parseDuration(text: string): number | undefined {
	if (!whole.test(text)) return undefined;
	const parts = [...text.matchAll(/([\d.]+)(h|ms|m|s|us|µs|ns)/g)];
	return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * seconds[unit!]!, 0);
}

/** The form that Go prints: `8760h0m0s`, `4m0s`, `30s`, `0s`. Parts of a second are kept to the millisecond. */
export function showDuration(total: number): string {
	const whole = Math.round(total * 1000) / 1000;
	const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, Math.round((whole % 60) * 1000) / 1000];
	if (h > 0) return `${h}h${m}m${s}s`;
	return m > 0 ? `${m}m${s}s` : `${s}s`;
}

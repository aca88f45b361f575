const milliseconds: Readonly<Record<string, number>> = {ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 36e5};

/** Milliseconds of a Go duration (`8760h0m0s`, `1.5h`, `-5m`, `0`). Throws RangeError for anything else. */
export function duration(text: string): number {
	const [, sign, body = ''] = /^([+-]?)((?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+|0)$/.exec(text) ?? [];
	if (body === '') throw new RangeError(`${JSON.stringify(text)} is no duration`);
	const parts = body.matchAll(/(\d+(?:\.\d*)?)([a-zµ]+)/g);
	const sum = [...parts].reduce((total, [, number, unit]) => total + Number(number) * milliseconds[unit!]!, 0);
	return sign === '-' ? -sum : sum;
}

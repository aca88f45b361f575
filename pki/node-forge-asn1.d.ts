/** forge's ASN.1 alone: loading all of forge costs a cold start 40 ms more, for parts that node:crypto does faster. */
declare module 'node-forge/lib/asn1.js' {
	import {asn1} from 'node-forge';
	// biome-ignore lint/style/noDefaultExport: this is how forge's CommonJS part looks to an importer.
	export default asn1;
}

/** The parts of undici that we use: loading all of it costs a cold start 50 ms more, for a fetch and sockets that nobody asks for. */
declare module 'undici/lib/dispatcher/agent.js' {
	import {Agent} from 'undici';
	// biome-ignore lint/style/noDefaultExport: this is how undici's CommonJS parts look to an importer.
	export default Agent;
}
declare module 'undici/lib/api/api-request.js' {
	import type {Dispatcher} from 'undici';

	function request(this: Dispatcher, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
	// biome-ignore lint/style/noDefaultExport: this is how undici's CommonJS parts look to an importer.
	export default request;
}

/** Stands in for the API of VS Code in modules that need a few functions of it: call it before they are imported. */
import Module from 'node:module';

type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown;

export function stubVscode(api: object): void {
  const internals = Module as unknown as { _load: Load };
  const load = internals._load;
  internals._load = function (request, ...rest) {
    return request === 'vscode' ? api : load.call(this, request, ...rest);
  };
}

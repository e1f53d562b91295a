/// <reference lib="esnext.disposable" preserve="true" />
// The first versions of Node 20 have no Symbol.dispose. The names are those that compilers of `using` look for.

for (const name of ["dispose", "asyncDispose"] as const) {
  if (Symbol[name] === undefined) {
    Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) });
  }
}

export {};

/// <reference lib="esnext.disposable" preserve="true" />
// Node before 20.4 has no Symbol.dispose. The names are those that compilers of `using` look for.

for (const name of ["dispose", "asyncDispose"] as const) {
  if (Symbol[name] === undefined) {
    Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) });
  }
}

export {};

//! From the items of one module to what it defines, imports and names.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Block, ExprAsync, ExprClosure, ExprMethodCall, ImplItem, ImplItemFn, Item, ItemImpl, ItemMod, ItemUse,
    Macro, Path, Signature, Type, UseTree, Visibility,
    visit::{self, Visit},
};

use super::module::{Associated, Import, Item as Definition, Module, Reference, ReferenceKind, SourcePath, Space};

/// A `mod` item.
pub(crate) struct Declared<'ast> {
    pub(crate) item: &'ast ItemMod,
    pub(crate) test: bool,
}

pub(crate) fn read_items(items: &[Item], test: bool) -> (Module, Vec<Declared<'_>>) {
    let mut reader = Reader { module: Module::default(), declared: Vec::new(), test, blocks: 0, owner: None };
    for item in items {
        reader.visit_item(item);
    }
    (reader.module, reader.declared)
}

struct Reader<'ast> {
    module: Module,
    declared: Vec<Declared<'ast>>,
    /// What is being read is compiled for tests only.
    test: bool,
    /// How many blocks are open: what is defined in one has no name in the module.
    blocks: usize,
    /// The type of the `impl` block that is being read.
    owner: Option<SourcePath>,
}

impl<'ast> Visit<'ast> for Reader<'ast> {
    fn visit_item(&mut self, item: &'ast Item) {
        let before = self.test;
        self.test |= only_for_tests(attributes(item));
        if self.blocks == 0 {
            self.define(item);
        }
        visit::visit_item(self, item);
        self.test = before;
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.declared.push(Declared { item, test: self.test });
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let path = SourcePath { absolute: item.leading_colon.is_some(), segments: Vec::new() };
        self.import(&path, &item.tree, &item.vis);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let before = self.owner.take();
        self.owner = self_type(&item.self_ty);
        match &item.trait_ {
            Some((path, ..)) => {
                self.refer(source_path(path), ReferenceKind::Implementation);
            }
            None => self.define_associated(item),
        }
        visit::visit_item_impl(self, item);
        self.owner = before;
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let before = self.test;
        self.test |= only_for_tests(match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            _ => &[],
        });
        visit::visit_impl_item(self, item);
        self.test = before;
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.blocks += 1;
        visit::visit_block(self, block);
        self.blocks -= 1;
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.refer(source_path(path), ReferenceKind::Code);
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.module.calls.insert((call.method.to_string(), self.test));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.refer(source_path(&call.path), ReferenceKind::Macro);
        self.read_tokens(call.tokens.clone(), ReferenceKind::Code);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let derives = attribute.path().is_ident("derive") || attribute.path().is_ident("cfg_attr");
        if let (true, Ok(list)) = (derives, attribute.meta.require_list()) {
            self.read_tokens(list.tokens.clone(), ReferenceKind::Derive);
        }
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_signature(&mut self, signature: &'ast Signature) {
        self.module.asynchronous |= signature.asyncness.is_some() && !self.test;
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast ExprAsync) {
        self.module.asynchronous |= !self.test;
        visit::visit_expr_async(self, block);
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.module.asynchronous |= closure.asyncness.is_some() && !self.test;
        visit::visit_expr_closure(self, closure);
    }
}

impl Reader<'_> {
    fn refer(&mut self, path: SourcePath, kind: ReferenceKind) {
        let path = match (path.segments.first().map(String::as_str), &self.owner) {
            (Some("Self"), Some(owner)) => joined(owner, &path.segments[1..]),
            _ => path,
        };
        self.module.references.push(Reference { path, kind, test: self.test });
    }

    fn define(&mut self, item: &Item) {
        let (name, visibility, space) = match item {
            Item::Const(item) => (&item.ident, &item.vis, Space::Value),
            Item::Static(item) => (&item.ident, &item.vis, Space::Value),
            Item::Fn(item) => (&item.sig.ident, &item.vis, Space::Value),
            Item::Struct(item) => (&item.ident, &item.vis, Space::Type),
            Item::Enum(item) => (&item.ident, &item.vis, Space::Type),
            Item::Union(item) => (&item.ident, &item.vis, Space::Type),
            Item::Trait(item) => (&item.ident, &item.vis, Space::Type),
            Item::Type(item) => (&item.ident, &item.vis, Space::Type),
            Item::Macro(item) => match &item.ident {
                Some(name) => (name, &Visibility::Inherited, Space::Macro),
                None => return,
            },
            _ => return,
        };
        let exported = matches!(visibility, Visibility::Public(_));
        let variants = match item {
            Item::Enum(item) => item.variants.iter().map(|variant| variant.ident.to_string()).collect(),
            _ => Vec::new(),
        };
        let name = name.to_string();
        self.module.items.push(Definition { name, space, exported, test: self.test, variants });
    }

    fn define_associated(&mut self, item: &ItemImpl) {
        let Some(owner) = self.owner.clone() else { return };
        for one in &item.items {
            let (name, visibility, attributes) = match one {
                ImplItem::Fn(ImplItemFn { attrs, vis, sig, .. }) => (&sig.ident, vis, attrs),
                ImplItem::Const(item) => (&item.ident, &item.vis, &item.attrs),
                _ => continue,
            };
            self.module.associated.push(Associated {
                owner: owner.clone(),
                name: name.to_string(),
                exported: matches!(visibility, Visibility::Public(_)),
                test: self.test || only_for_tests(attributes),
            });
        }
    }

    fn import(&mut self, before: &SourcePath, tree: &UseTree, visibility: &Visibility) {
        let (path, alias) = match tree {
            UseTree::Path(step) => {
                return self.import(&joined(before, &[step.ident.to_string()]), &step.tree, visibility);
            }
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.import(before, tree, visibility)),
            UseTree::Glob(_) => (before.clone(), None),
            UseTree::Name(name) if name.ident == "self" => (before.clone(), before.segments.last().cloned()),
            UseTree::Name(name) => (joined(before, &[name.ident.to_string()]), Some(name.ident.to_string())),
            UseTree::Rename(name) if name.ident == "self" => (before.clone(), Some(name.rename.to_string())),
            UseTree::Rename(name) => (joined(before, &[name.ident.to_string()]), Some(name.rename.to_string())),
        };
        let gives_on = !matches!(visibility, Visibility::Inherited);
        let exported = matches!(visibility, Visibility::Public(_));
        self.module.imports.push(Import { path, alias, gives_on, exported, test: self.test });
    }

    /// The paths and calls inside of a macro's or an attribute's tokens.
    fn read_tokens(&mut self, tokens: TokenStream, kind: ReferenceKind) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.read_tokens(group.stream(), kind),
                TokenTree::Ident(name) if at > 0 && is(&tokens[at - 1], '.') => {
                    self.module.calls.insert((name.to_string(), self.test));
                }
                TokenTree::Ident(name) => {
                    let absolute = at > 1 && is(&tokens[at - 1], ':') && is(&tokens[at - 2], ':');
                    let mut segments = vec![name.to_string()];
                    while let Some(TokenTree::Ident(next)) = tokens.get(at + 3)
                        && is(&tokens[at + 1], ':')
                        && is(&tokens[at + 2], ':')
                    {
                        segments.push(next.to_string());
                        at += 3;
                    }
                    self.refer(SourcePath { absolute, segments }, kind);
                }
                _ => {}
            }
            at += 1;
        }
    }
}

fn self_type(owner: &Type) -> Option<SourcePath> {
    match owner {
        Type::Path(path) => Some(source_path(&path.path)),
        Type::Reference(reference) => self_type(&reference.elem),
        _ => None,
    }
}

fn source_path(path: &Path) -> SourcePath {
    SourcePath {
        absolute: path.leading_colon.is_some(),
        segments: path.segments.iter().map(|segment| segment.ident.to_string()).collect(),
    }
}

fn joined(path: &SourcePath, more: &[String]) -> SourcePath {
    SourcePath { absolute: path.absolute, segments: path.segments.iter().chain(more).cloned().collect() }
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// `#[test]`, or `#[cfg(…)]` that names `test` without `not`.
fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        if attribute.path().is_ident("cfg") {
            let names = attribute.meta.require_list().map(|list| names(list.tokens.clone())).unwrap_or_default();
            names.iter().any(|name| name == "test") && !names.iter().any(|name| name == "not")
        } else {
            attribute.path().segments.last().is_some_and(|last| last.ident == "test")
        }
    })
}

fn names(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(name) => found.push(name.to_string()),
            TokenTree::Group(group) => found.extend(names(group.stream())),
            _ => {}
        }
    }
    found
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

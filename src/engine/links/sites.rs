//! Sites that a generator makes of Markdown. What their links mean only the generator knows, but for relative links to Markdown
//! files, which all of them have in common with forges.

use super::target::Target;
use super::tree::{Kind, Tree};
use crate::base::RepoPath;

/// A kind of site.
struct Generator {
    name: &'static str,
    /// Its settings, from the root of the site.
    settings: &'static [&'static str],
    /// What must be beside settings whose name says little.
    beside: &'static [&'static str],
    /// Where the pages are, from the root of the site.
    pages: &'static str,
    /// The setting that says something else.
    key: &'static str,
}

const fn plain(name: &'static str, settings: &'static [&'static str]) -> Generator {
    Generator { name, settings, beside: &[], pages: "", key: "" }
}

const GENERATORS: &[Generator] = &[
    Generator {
        pages: "content",
        key: "contentDir",
        ..plain("Hugo", &["hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config/_default/hugo.toml", "config/_default/hugo.yaml"])
    },
    Generator {
        beside: &["content"],
        pages: "content",
        key: "contentDir",
        ..plain("Hugo or Zola", &["config.toml", "config.yaml", "config/_default/config.toml", "config/_default/config.yaml"])
    },
    plain("Jekyll", &["_config.yml", "_config.yaml"]),
    plain("Docusaurus", &["docusaurus.config.js", "docusaurus.config.ts", "docusaurus.config.mjs", "docusaurus.config.cjs"]),
    Generator { pages: "docs", key: "docs_dir", ..plain("MkDocs", &["mkdocs.yml", "mkdocs.yaml"]) },
    Generator { pages: "src", key: "src", ..plain("mdBook", &["book.toml"]) },
    plain("VitePress", &[".vitepress/config.js", ".vitepress/config.ts", ".vitepress/config.mjs", ".vitepress/config.mts"]),
    plain("VuePress", &[".vuepress/config.js", ".vuepress/config.ts"]),
    plain("Eleventy", &[".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs"]),
    plain("Astro", &["astro.config.mjs", "astro.config.js", "astro.config.ts"]),
    plain("Gatsby", &["gatsby-config.js", "gatsby-config.ts"]),
    Generator { beside: &["index.md", "index.rst"], ..plain("Sphinx", &["conf.py"]) },
    // Pages among the source of a library become a part of its documentation, where links name items.
    Generator { beside: &["src/lib.rs"], pages: "src", ..plain("rustdoc", &["Cargo.toml"]) },
];

/// A site in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// What makes it.
    pub generator: &'static str,
    /// Its settings.
    pub settings: RepoPath,
    /// Where its pages are.
    pub folder: RepoPath,
}

/// The sites of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sites(Vec<Site>);

impl Sites {
    /// Recognises sites that have pages by their settings, of which `read` gives the text.
    pub fn find(files: &[RepoPath], read: &dyn Fn(&RepoPath) -> Option<String>) -> Self {
        let mut sites = Vec::new();
        for settings in files {
            let found = GENERATORS.iter().find_map(|generator| Some((generator, generator.root(settings)?)));
            let Some((generator, root)) = found.filter(|(generator, root)| generator.fits(root, files)) else { continue };
            let is_page = |file: &&RepoPath| [".md", ".mdx", ".markdown"].iter().any(|end| file.name().ends_with(end));
            let has_pages = |folder: &RepoPath| files.iter().filter(is_page).any(|file| file.is_below(folder) || folder.is_empty());
            for folder in generator.folders(&root, &read(settings).unwrap_or_default()).into_iter().filter(has_pages) {
                sites.push(Site { generator: generator.name, settings: settings.clone(), folder });
            }
        }
        Self(sites)
    }

    /// All of them.
    pub fn all(&self) -> &[Site] {
        &self.0
    }

    /// The site that a page is a part of: the innermost.
    pub fn of(&self, page: &RepoPath) -> Option<&Site> {
        self.0.iter().filter(|site| page.is_below(&site.folder)).max_by_key(|site| site.folder.as_bytes().len())
    }
}

impl Generator {
    /// The root of the site that has these settings.
    fn root(&self, settings: &RepoPath) -> Option<RepoPath> {
        let path = settings.lossy();
        let before = self.settings.iter().find_map(|name| path.strip_suffix(name))?;
        if before.is_empty() { Some(RepoPath::default()) } else { RepoPath::parse(before.strip_suffix('/')?) }
    }

    fn fits(&self, root: &RepoPath, files: &[RepoPath]) -> bool {
        let is_there = |name: &&str| files.iter().any(|file| *file == root.join(name) || file.is_below(&root.join(name)));
        self.beside.is_empty() || self.beside.iter().any(is_there)
    }

    /// Where the pages are: where the settings say, and below the root, or beside it where the settings name such a folder.
    fn folders(&self, root: &RepoPath, text: &str) -> Vec<RepoPath> {
        let quotes = ['"', '\'', '`'];
        if !self.pages.is_empty() {
            let value = |line: &str| {
                let rest = line.trim().strip_prefix(self.key).filter(|_| !self.key.is_empty())?;
                Some(rest.trim_start().strip_prefix([':', '='])?.trim().trim_matches(quotes).to_owned())
            };
            // One for each language, with some.
            let said: Vec<RepoPath> = text.lines().filter_map(value).filter_map(|said| within(root, &said)).collect();
            return if said.is_empty() { within(root, self.pages).into_iter().collect() } else { said };
        }
        let named = text.split(quotes).filter(|part| part.starts_with("../") && !part.contains(char::is_whitespace));
        let beside = named.filter_map(|part| within(root, part)).filter(|folder| !folder.is_empty() && !root.is_below(folder));
        std::iter::once(root.clone()).chain(beside).collect()
    }
}

/// The place in the repository that `path` names as seen from `folder`.
fn within(folder: &RepoPath, path: &str) -> Option<RepoPath> {
    let joined = format!("{}/{}", folder.lossy(), path.trim_end_matches('/'));
    RepoPath::parse(joined.trim_start_matches('/'))
}

impl Site {
    /// Whether the page that is meant is there as seen from a folder between the page and the root of the site, as some generators
    /// have it.
    pub(super) fn has(&self, tree: &Tree<'_>, page: &RepoPath, target: &Target<'_>) -> bool {
        let mut folder = page.parent();
        while folder.is_below(&self.folder) || folder == self.folder {
            if target.resolve(&folder.join("page")).is_some_and(|place| tree.kind(&place) == Some(Kind::File)) {
                return true;
            }
            if folder.is_empty() {
                break;
            }
            folder = folder.parent();
        }
        false
    }

    /// Whether a relative link on a page of it leads to another of its pages.
    pub(super) fn holds(&self, page: &RepoPath, link: &str) -> bool {
        let path = link.trim_start_matches('<').split(['#', '?', '>']).next().unwrap_or_default();
        within(&page.parent(), path).is_some_and(|place| place.is_below(&self.folder))
    }
}

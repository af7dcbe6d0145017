//! What holds of the dashboards' files as such.

use super::form::{DASHBOARDS, Dashboard, Panel, dashboard};

fn all() -> Vec<(&'static str, Dashboard)> {
    DASHBOARDS.map(|path| (path, dashboard(path))).into()
}

/// Panels that show something, rather than head a row.
fn shown(dashboard: &Dashboard) -> impl Iterator<Item = &Panel> {
    let panels = dashboard.panels.iter();
    panels.filter(|panel| panel.kind != "row")
}

#[test]
fn every_panel_says_what_it_means_in_a_unit_with_thresholds() {
    for (path, dashboard) in all() {
        assert!(!dashboard.description.is_empty(), "{path}");
        assert!((39..=41).contains(&dashboard.schema_version), "{path}");
        for panel in shown(&dashboard) {
            let title = format!("{path}: {}", panel.title);
            assert!(panel.description.len() > 10, "{title} has no description");
            let config = panel.field_config.as_ref().expect("a config");
            assert!(!config.defaults.unit.is_empty(), "{title} has no unit");
            assert!(
                config.defaults.thresholds.is_object(),
                "{title}: thresholds"
            );
            assert!(!panel.targets.is_empty(), "{title} asks nothing");
            for target in &panel.targets {
                assert_eq!(target.datasource.uid, "${datasource}", "{title}");
            }
        }
    }
}

#[test]
fn panels_have_ids_of_their_own_and_do_not_lie_on_each_other() {
    for (path, dashboard) in all() {
        for (number, panel) in dashboard.panels.iter().enumerate() {
            let place = &panel.grid_pos;
            assert!(
                place.x + place.w <= 24,
                "{path}: {} is too wide",
                panel.title
            );
            for other in dashboard.panels.iter().skip(number + 1) {
                assert_ne!(panel.id, other.id, "{path}: {}", other.title);
                let (a, b) = (place, &other.grid_pos);
                let apart = a.x + a.w <= b.x || b.x + b.w <= a.x;
                let apart = apart || a.y + a.h <= b.y || b.y + b.h <= a.y;
                assert!(apart, "{path}: {} lies on {}", other.title, panel.title);
            }
        }
    }
}

#[test]
fn dashboards_lead_to_each_other_and_use_the_variables_that_they_offer() {
    let known: Vec<String> = all().into_iter().map(|(_, one)| one.uid).collect();
    for (path, dashboard) in all() {
        let links: Vec<&str> = dashboard
            .links
            .iter()
            .map(|link| link.url.as_str())
            .collect();
        for uid in known.iter().filter(|uid| **uid != dashboard.uid) {
            assert!(
                links.contains(&format!("/d/{uid}").as_str()),
                "{path}: {uid}"
            );
        }
        assert_eq!(links.len(), known.len() - 1, "{path}");
        assert!(dashboard.title.starts_with("Tenure: "), "{path}");
        let queries: Vec<&str> = shown(&dashboard)
            .flat_map(|panel| panel.targets.iter().map(|target| target.expr.as_str()))
            .collect();
        for variable in &dashboard.templating.list {
            let used = format!("${}\"", variable.name);
            let is_used = queries.iter().any(|expr| expr.contains(&used));
            assert!(is_used || variable.kind == "datasource", "{path}: {used}");
        }
    }
}
